package api_test

import (
	"context"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

// letters gives one letter for each step: passed, failed, - for not checked.
func letters(t *testing.T, steps []api.Step) (all string) {
	t.Helper()
	for _, s := range steps {
		if s.Name == "" || s.Found == "" || s.State == api.NotPassed && s.Remedy == "" {
			t.Errorf("%s (%s) does not say what and what to do: %+v", s.Name, s.State, s)
		}
		all += map[api.StepState]string{api.Passed: "p", api.NotPassed: "f", api.NotChecked: "-"}[s.State]
	}
	return all
}

func told(steps []api.Step) string {
	var lines []string
	for _, s := range steps {
		lines = append(lines, s.Name+" "+string(s.State)+": "+s.Found+" "+s.Remedy)
	}
	return strings.Join(lines, "\n")
}

// The steps: name, TLS, certificate or JWT, version, rights, export, callback.
func TestConnection(t *testing.T) {
	w := newWorld(t)
	a := newAuthority(t, "win-a-CA")
	well := answering(200, "application/json", about)
	closed := httptest.NewServer(well)
	closed.Close()
	foreign := w.connection()
	foreign.RootPEM = a.root()
	refused := w.connection()
	refused.ClientPEM, refused.KeyPEM = a.leaf(nil)
	locked := w.connection()
	locked.KeyPEM = block("ENCRYPTED PRIVATE KEY", []byte("x"))
	wrongPort := w.connection()
	wrongPort.Host, wrongPort.Port = hostPort(t, w.proxy)
	plain := w.connection()
	plain.Host, plain.Port = hostPort(t, w.hub)
	ended := w.byProxy("SERVICE", "skyferry", -time.Hour)
	soon := a.site(well, func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	})
	calledBack := w.connection()
	calledBack.Callback = "https://skyferry.example"
	for name, c := range map[string]struct {
		connection site.Connection
		steps      string
		words      string
	}{
		"all is well":           {w.connection(), "pppppp-", `The user SERVICE\skyferry reads 7 apps (5 published), 4 streams, `},
		"version":               {w.connection(), "pppppp-", "Repository 17.6.4.0."},
		"export":                {w.connection(), "pppppp-", "was exported without its data: "},
		"no callback address":   {w.connection(), "pppppp-", "No address for callbacks is entered"},
		"callback not known":    {calledBack, "pppppp-", "when the connection is in use"},
		"by proxy":              {w.byProxy("SERVICE", "skyferry", time.Hour), "pppppp-", "JWT accepted passed: The proxy takes the JWT. It ends on"},
		"a JWT that ended":      {ended, "ppf----", "The JWT ended on"},
		"another prefix":        {prefixed(w.byProxy("SERVICE", "skyferry", time.Hour), "nothing"), "pp-f---", "Check the prefix of the virtual proxy"},
		"a JWT of nobody":       {w.byProxy("", "", time.Hour), "ppf----", "The proxy does not accept the JWT"},
		"reads, may not export": {w.as("ACME", "tokafor"), "pppppf-", "the actions Read, Export and Export data"},
		"a user of nobody":      {w.as("ACME", "o'hara"), "pppppf-", `The site lists no user ACME\o'hara.`},
		"no host":               {named(w.connection(), ""), "f------", "No host is entered"},
		"unknown name":          {named(w.connection(), "no-such-host.invalid"), "f------", "not known here"},
		"nobody listens":        {a.to(closed.URL), "pf-----", "Nothing listens"},
		"plain http":            {plain, "pf-----", "speaks plain http"},
		"another root":          {foreign, "pf-----", "does not come from root.pem"},
		"another site's client": {refused, "ppf----", "The site refuses client.pem"},
		"a key with passphrase": {locked, "ppf----", "protected by a passphrase"},
		"the proxy's port":      {wrongPort, "pp-f---", "did not ask for client.pem"},
		"soon over":             {soon, "ppppff-", "expires soon"},
		"a hotel's page":        {a.site(answering(200, "text/html", "<title>Hotel</title>"), nil), "pppf---", "“Hotel”"},
		"reads no app":          {a.site(qrs(0), nil), "ppppf--", "reads no app. Give the user"},
		"reads apps only":       {a.site(qrs(3), nil), "ppppf--", "Without streams no policy by stream works"},
	} {
		t.Run(name, func(t *testing.T) {
			steps := api.Test(within(t), c.connection, nil)
			if got := letters(t, steps); got != c.steps {
				t.Errorf("%s instead of %s:\n%s", got, c.steps, told(steps))
			}
			if !strings.Contains(told(steps), c.words) {
				t.Errorf("no %q:\n%s", c.words, told(steps))
			}
		})
	}
}

// qrs has some apps that are not published, and nothing else.
func qrs(apps int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/qrs/about":
			_, _ = io.WriteString(w, about)
		case "/qrs/app/count":
			if r.URL.Query().Get("filter") == "" {
				_, _ = io.WriteString(w, `{"value":`+string(rune('0'+apps))+`}`)
				return
			}
			_, _ = io.WriteString(w, `{"value":0}`)
		case "/qrs/app/full":
			_, _ = io.WriteString(w, `[]`)
		default:
			w.WriteHeader(http.StatusForbidden)
		}
	}
}

func TestConnectionCallback(t *testing.T) {
	w := newWorld(t)
	c := w.connection()
	c.Callback = "https://skyferry.example"
	steps := api.Test(within(t), c, func(context.Context) api.CallbackResult {
		return api.CallbackResult{State: api.NotPassed, Found: "Nobody called.", Remedy: "Open the port."}
	})
	if got := letters(t, steps); got != "ppppppf" || steps[6].Remedy != "Open the port." {
		t.Errorf("%s\n%s", got, told(steps))
	}
}

// A test ends in time, whatever the site does.
func TestConnectionEndsWithItsTime(t *testing.T) {
	a := newAuthority(t, "win-a-CA")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	steps := api.Test(ctx, a.site(dripping(""), nil), nil)
	if got := letters(t, steps); got != "ppf----" {
		t.Errorf("%s\n%s", got, told(steps))
	}
	steps = api.HurriedTest(within(t), a.to(listening(t, "")), time.Second)
	if got := letters(t, steps); got != "pf-----" || !strings.Contains(told(steps), "does not answer in TLS") {
		t.Errorf("%s\n%s", got, told(steps))
	}
}
