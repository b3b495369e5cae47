package secret_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/secret"
)

func open(t *testing.T) (*secret.Box, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret.key")
	box, err := secret.Open(path, true)
	if err != nil {
		t.Fatal(err)
	}
	return box, path
}

func TestSealedValueOpensOnlyInItsPlace(t *testing.T) {
	box, _ := open(t)
	sealed, err := box.Seal("keys", "private", "17", []byte("hush"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(sealed, "hush") || !strings.Contains(sealed, box.KeyID()) {
		t.Errorf("sealed value %q must hold the key id and not the secret", sealed)
	}
	plain, err := box.Unseal("keys", "private", "17", sealed)
	if err != nil || string(plain) != "hush" {
		t.Fatalf("got %q, %v", plain, err)
	}
	for _, place := range [][3]string{{"key", "private", "17"}, {"keys", "secret", "17"}, {"keys", "private", "1"}, {"keysprivate", "", "17"}} {
		if got, err := box.Unseal(place[0], place[1], place[2], sealed); err == nil {
			t.Errorf("opened as %v: %q", place, got)
		}
	}
}

func TestSealIsNeverTheSameTwice(t *testing.T) {
	box, _ := open(t)
	first, _ := box.Seal("t", "c", "r", []byte("hush"))
	second, _ := box.Seal("t", "c", "r", []byte("hush"))
	if first == second {
		t.Error("two seals of one secret are equal")
	}
}

func TestUnsealRefusesWhatItDidNotSeal(t *testing.T) {
	box, _ := open(t)
	other, _ := open(t)
	sealed, _ := box.Seal("t", "c", "r", []byte("hush"))
	foreign, _ := other.Seal("t", "c", "r", []byte("hush"))
	for name, c := range map[string]struct{ value, says string }{
		"empty":       {"", "no sealed value"},
		"clear text":  {"hush", "no sealed value"},
		"other key":   {foreign, "put the right key file there"},
		"not base64":  {sealed[:len(sealed)-2] + "!!", "damaged"},
		"changed":     {flip(sealed), "it was changed"},
		"cut":         {sealed[:len(sealed)-8], "it was changed"},
		"only a head": {"v1:" + box.KeyID() + ":", "it was changed"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := box.Unseal("t", "c", "r", c.value)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want a sentence with %q", err, c.says)
			}
		})
	}
}

// flip changes one bit of the sealed bytes and leaves the form intact.
func flip(sealed string) string {
	head, tail := sealed[:strings.LastIndex(sealed, ":")+1], sealed[strings.LastIndex(sealed, ":")+1:]
	data, _ := base64.RawStdEncoding.DecodeString(tail)
	data[len(data)/2] ^= 1
	return head + base64.RawStdEncoding.EncodeToString(data)
}

func TestSealNeedsAPlace(t *testing.T) {
	box, _ := open(t)
	if _, err := box.Seal("t", "c", "", []byte("x")); err == nil {
		t.Error("sealed without a row")
	}
}

func TestCheckValueTellsTheRightKey(t *testing.T) {
	box, path := open(t)
	check := box.Check()
	again, err := secret.Open(path, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Verify(check); err != nil {
		t.Errorf("the same key file: %v", err)
	}
	other, _ := open(t)
	if err := other.Verify(check); err == nil || !strings.Contains(err.Error(), "put the original key file back") {
		t.Errorf("another key: got %v", err)
	}
}

func TestOpenMakesAPrivateFileOnce(t *testing.T) {
	_, path := open(t)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	before, _ := os.ReadFile(path)
	if _, err := secret.Open(path, true); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the key was made anew")
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	key := base64.StdEncoding.EncodeToString(make([]byte, 32))
	for name, c := range map[string]struct {
		text string
		mode os.FileMode
		says string
	}{
		"others may read": {"x " + key, 0o644, "chmod 600"},
		"group may read":  {"x " + key, 0o640, "chmod 600"},
		"no key":          {"", 0o600, "does not hold an id and a key"},
		"short key":       {"x " + base64.StdEncoding.EncodeToString(make([]byte, 16)), 0o600, "16 bytes instead of 32"},
		"not base64":      {"x ****", 0o600, "not base64"},
		"foreign id":      {"00000000 " + key, 0o600, "does not belong to the key"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "key")
			if err := os.WriteFile(path, []byte(c.text), c.mode); err != nil {
				t.Fatal(err)
			}
			_, err := secret.Open(path, true)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("got %v, want a sentence with %q", err, c.says)
			}
			if strings.Contains(err.Error(), key) {
				t.Error("the error tells the key")
			}
		})
	}
}

func TestOpenDoesNotMakeAFileUnasked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if _, err := secret.Open(path, false); err == nil || !strings.Contains(err.Error(), "SKYFERRY_SECRET_KEY_FILE") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a file was made")
	}
	if _, err := secret.Open(filepath.Join(path, "deeper", "key"), true); err == nil {
		t.Error("no error for a folder that is not there")
	}
}

func TestTextHidesItself(t *testing.T) {
	s := secret.Text("hush")
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "plain", s, "inside", struct{ S secret.Text }{s})
	marshalled, _ := json.Marshal(map[string]any{"a": []secret.Text{s}, "b": &s})
	shown := []string{
		fmt.Sprint(s), fmt.Sprintf("%s %v %+v %#v %q %x %d", s, s, s, s, s, s, s),
		fmt.Sprintf("%v %#v", struct{ S secret.Text }{s}, &struct{ S secret.Text }{s}), log.String(), string(marshalled),
	}
	for _, text := range shown {
		if strings.Contains(text, "hush") || strings.Contains(text, "68757368") || !strings.Contains(text, "(secret)") {
			t.Errorf("shown as %q", text)
		}
	}
	if _, err := s.Value(); err == nil {
		t.Error("it may be stored unsealed")
	}
	if s.Reveal() != "hush" {
		t.Error("Reveal does not give the secret")
	}
}

func TestRedactBlanksWhatIsNamedLikeASecret(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{ReplaceAttr: secret.Redact}))
	logger.Info("token renewed", "password", "hush", "clientSecret", "hush", "access_token", "hush", "Authorization", "hush",
		"Set-Cookie", "hush", "APIKey", "hush", "api_keys", 4711, slog.Group("header", "cookie", "hush"), slog.Group("token", "value", "hush"),
		"key_id", "7f3a", "token_endpoint", "https://x", "monkey", "banana", "turnkey", "yes", "app", "Sales")
	if text := log.String(); strings.Contains(text, "hush") || strings.Contains(text, "4711") {
		t.Errorf("the log tells a secret: %s", text)
	}
	var got map[string]any
	if err := json.Unmarshal(log.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"msg": "token renewed", "level": "INFO", "key_id": "7f3a", "token_endpoint": "https://x", "monkey": "banana", "turnkey": "yes", "app": "Sales"}
	for name, value := range want {
		if diff := cmp.Diff(value, got[name]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
