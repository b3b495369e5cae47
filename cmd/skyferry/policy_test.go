package main

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/secret"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
)

func TestPolicyPreviewCountsBesideARunningConsole(t *testing.T) {
	dir := t.TempDir()
	box, err := secret.Open(filepath.Join(dir, "secret.key"), true)
	good := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	good(err)
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Box: box, Now: time.Now})
	good(err)
	defer func() { good(s.Close()) }()
	s.UseQueue(silent{})
	stream, err := s.CreateStream(t.Context(), site.Stream{Name: "Finance"})
	good(err)
	for _, id := range []string{"00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"} {
		good(s.CreateApp(t.Context(), site.App{ID: id, Name: "App " + id[35:], Size: 10, SHA256: "aa"}))
		good(s.PublishApp(t.Context(), id, stream, ""))
	}
	_, err = s.CreateDeployment(t.Context(), deployment.Deployment{Name: "eu", Endpoint: "https://eu.example.com", Audience: "qlik.api",
		Auth: deployment.ClientCredentials, ClientID: "c", ClientSecret: "s", TokenEndpoint: "https://eu.example.com/oauth/token", Landing: deployment.Landing{Space: "S", Create: true}}, "")
	good(err)
	_, err = s.CreatePolicy(t.Context(), policy.Policy{Name: "One", ResourceFilter: "App_*", Actions: policy.ActionDistribute, Conditions: `subject.name="eu" and resource.name="App 1"`})
	good(err)

	out, code := preview1(t, "", "--data", dir)
	if code != exitGood || out != "2 published apps\n     1 apps -> eu, 10 bytes\n" {
		t.Errorf("code %d: %s", code, out)
	}
	out, code = preview1(t, `subject.name="eu"`, "--data", dir, "--json", "-")
	if code != exitGood || !strings.Contains(out, `{"name":"eu","apps":2,"bytes":20,"newly":1,"gone":0}`) {
		t.Errorf("code %d: %s", code, out)
	}
	if _, code = preview1(t, `subject.name=`, "--data", dir, "-"); code != exitFailed {
		t.Errorf("a faulty condition: code %d", code)
	}
	if _, code = preview1(t, "", "--data", t.TempDir()); code != exitFailed {
		t.Errorf("no console: code %d", code)
	}
	checked, code := lines(t, `{"condition":"subject.name=\"eux\""}`, "check", "--data", dir)
	if code != exitGood || !strings.Contains(checked[0], `"code":"value-unknown"`) {
		t.Errorf("code %d: %s", code, checked)
	}
}

func preview1(t *testing.T, input string, args ...string) (out string, code int) {
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), append([]string{"policy", "preview"}, args...), terminal{out: &stdout, err: &stderr, in: strings.NewReader(input), env: os.Getenv})
	return stdout.String(), code
}

// silent is a queue that never works.
type silent struct{}

func (silent) Decide(context.Context, *sql.Tx, string) error { return nil }

func (silent) Deliver(context.Context, *sql.Tx, string, string, int64, time.Time) error { return nil }
