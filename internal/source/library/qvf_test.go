package library

import (
	"bytes"
	"compress/zlib"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// samples finds ../shared/data/qvf beside the project, if it is there.
func samples(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
	found := filepath.Join(dir, "..", "shared", "data", "qvf")
	if _, err := os.Stat(found); err != nil {
		t.Skip("the real files are not here")
	}
	return found
}

func TestRealFiles(t *testing.T) {
	dir := samples(t)
	for file, want := range map[string][2]string{
		"Butler 4.0 - Reload chain parameters, app 1.qvf": {"Butler 4.0 - Reload chain parameters, app 1", "2020-10-19T12:59:28.568Z"},
		"Butler 5.0 - post message to Slack.qvf":          {"Butler 5.0 publish message to Slack", "2021-02-21T19:05:24.423Z"},
		"Butler 7.0 demo app.qvf":                         {"Butler 7.0 demo app", "2021-11-03T07:08:19.503Z"},
		"qlik-dev-exec-dashboard.qvf":                     {"qlik-dev-exec-dashboard", "2016-06-13T18:47:30.171Z"},
	} {
		t.Run(file, func(t *testing.T) {
			f, err := os.Open(filepath.Join(dir, file))
			if err != nil {
				t.Skip("this file is not here")
			}
			defer f.Close()
			s, _ := open(t)
			s.Limit = 4 << 20
			app, err := s.Upload(t.Context(), file, f, owner)
			if err != nil {
				t.Fatal(err)
			}
			if got := app.LastReload.Format("2006-01-02T15:04:05.000Z"); app.Name != want[0] || got != want[1] {
				t.Errorf("read %q, %s", app.Name, got)
			}
		})
	}
}

func block(text string) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	return b.Bytes()
}

func TestReadHead(t *testing.T) {
	described := block(`{"qTitle":"A","qLastReloadTime":"2026-01-02T03:04:05.678Z","qSavedInProductVersion":"1"}` + "\x00")
	for name, c := range map[string]struct {
		file  []byte
		title string
		told  bool
	}{
		"nothing":         {nil, "", false},
		"noise":           {bytes.Repeat([]byte{0x78, 0x9c, 0x01}, 10000), "", false},
		"described":       {append(make([]byte, 2592), described...), "A", true},
		"after others":    {append(append(block("no json"), block(`{"qScript":"x"}`)...), described...), "A", true},
		"cut":             {described[:len(described)-12], "", false},
		"too far":         {append(make([]byte, headScan), described...), "", false},
		"never reloaded":  {block(`{"qTitle":"B","qLastReloadTime":"","qSavedInProductVersion":"1"}`), "B", false},
		"odd time":        {block(`{"qTitle":"C","qLastReloadTime":"yesterday"}`), "C", false},
		"other types":     {block(`{"qTitle":7,"qLastReloadTime":"x"}`), "", false},
		"object's title":  {block(`{"qTitle":"not the app's"}`), "", false},
		"bomb":            {block(`{"qTitle":"` + strings.Repeat("x", 1<<20) + `","qLastReloadTime":"x"}`), "", false},
		"very long title": {block(`{"qTitle":"` + strings.Repeat("ä", 1000) + `","qLastReloadTime":"x"}`), strings.Repeat("ä", maxTitle), false},
	} {
		t.Run(name, func(t *testing.T) {
			h := ReadHead(bytes.NewReader(c.file))
			if h.Title != c.title || h.LastReload.IsZero() == c.told {
				t.Errorf("read %+v", h)
			}
		})
	}
}

func TestWriteQVF(t *testing.T) {
	var b bytes.Buffer
	if err := WriteQVF(&b, "Sales ü", time.Time{}, []byte("payload")); err != nil {
		t.Fatal(err)
	}
	if h := ReadHead(bytes.NewReader(b.Bytes())); h.Title != "Sales ü" || !h.LastReload.IsZero() {
		t.Errorf("read back %+v", h)
	}
	if !bytes.HasPrefix(b.Bytes(), magic) || !bytes.HasSuffix(b.Bytes(), []byte("payload")) {
		t.Error("the file begins or ends otherwise")
	}
}

func FuzzReadHead(f *testing.F) {
	f.Add(block(`{"qTitle":"A","qLastReloadTime":"x"}`))
	f.Fuzz(func(_ *testing.T, data []byte) { ReadHead(bytes.NewReader(data)) })
}
