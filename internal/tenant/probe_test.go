package tenant_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/tenant"
)

// friendly answers what a connection test asks for.
func friendly(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("Authorization") == "":
		say(w, 401, `{}`)
	case r.URL.Path == "/api/v1/users/me":
		say(w, 200, `{"id":"u1","tenantId":"t1","name":"Skyferry","subject":"bot"}`)
	case r.URL.Path == "/api/v1/tenants/me":
		say(w, 200, `{"id":"t1","name":"eu"}`)
	case r.URL.Path == "/api/v1/apps/privileges":
		say(w, 200, `["can_create_app","can_import_app"]`)
	}
}

// instead answers one path in another way.
func instead(path string, status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == path && r.Header.Get("Authorization") != "" {
			say(w, status, text)
			return
		}
		friendly(w, r)
	}
}

func TestConnection(t *testing.T) {
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		ahead   time.Duration
		bound   string
		want    string // one letter per step: good, bad, not reached
	}{
		"all is well, first time":   {friendly, 0, "", "ggggg"},
		"all is well, as before":    {friendly, 0, "t1", "ggggg"},
		"another tenant":            {friendly, 0, "t0", "gggb-"},
		"our clock is wrong":        {friendly, 5 * time.Minute, "", "gb---"},
		"no tenant there":           {http.NotFound, 0, "", "b----"},
		"token refused":             {instead("/api/v1/users/me", 401, `{}`), 0, "", "ggb--"},
		"not a member":              {instead("/api/v1/users/me", 403, `{}`), 0, "", "ggb--"},
		"may not import":            {instead("/api/v1/apps/privileges", 200, `["can_create_app"]`), 0, "", "ggggb"},
		"tells no privileges":       {instead("/api/v1/apps/privileges", 404, ``), 0, "", "ggggg"},
		"answers with a login page": {instead("/api/v1/users/me", 200, `<html>`), 0, "", "ggb--"},
	} {
		t.Run(name, func(t *testing.T) {
			cl, _ := client(t, c.handler)
			cl.SetClock(func() time.Time { return time.Now().Add(c.ahead) })
			if diff := cmp.Diff(c.want, letters(t, cl.Test(t.Context(), c.bound))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func letters(t *testing.T, steps []tenant.Step) string {
	t.Helper()
	var out string
	for _, s := range steps {
		switch {
		case s.OK:
			out += "g"
		case s.Reached:
			out += "b"
			if s.Detail == "" || s.Advice == "" {
				t.Errorf("%s failed without saying what and what to do: %+v", s.Name, s)
			}
		default:
			out += "-"
		}
	}
	return out
}

func TestConnectionToNobody(t *testing.T) {
	server := serve(t, friendly)
	server.Close()
	steps := tenant.New(server.URL, &counted{}, httpClient(t, loopback)).Test(t.Context(), "")
	if got := letters(t, steps); got != "b----" {
		t.Errorf("got %s", got)
	}
}
