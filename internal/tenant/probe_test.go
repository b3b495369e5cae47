package tenant_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/tenant"
)

const nobody = `{"errors":[{"code":"AUTH-1","title":"Unauthorized","status":"401"}],"traceId":"t"}`

// answers are what a friendly tenant says to those whom it lets in, by path.
var answers = map[string]string{
	"/api/v1/users/me":              `{"id":"u1","tenantId":"t1","name":"Skyferry","subject":"qlikbot\\abc","clientId":"abc"}`,
	"/api/v1/tenants/me":            `{"id":"t1","name":"eu"}`,
	"/api/v1/apps/privileges":       `["can_create_app","can_import_app"]`,
	"/api/v1/spaces":                `{"data":[{"id":"s1","name":"Finance","type":"managed","meta":{"roles":["publisher"]}}],"links":{}}`,
	"/api/v1/spaces/s1/assignments": `{"data":[{"type":"group","assigneeId":"g1","roles":["consumer"]},{"type":"user","assigneeId":"u2","roles":["consumer","contributor"]},{"type":"bot","assigneeId":"u1","roles":["publisher"]}],"links":{}}`,
	"/api/v1/quotas":                `{"data":[{"id":"app_mem_size","attributes":{"quota":5000000000,"unit":"bytes"}},{"id":"shared_spaces","attributes":{"quota":-1,"unit":"count","usage":3}}]}`,
	"/api/v1/licenses/overview":     `{"product":"Qlik Sense","status":"Ok","valid":"2026-01-01/2027-01-01","allotments":[{"name":"multi_cloud"}]}`,
}

// friendly answers what a connection test asks for.
func friendly(w http.ResponseWriter, r *http.Request) {
	switch text, known := answers[r.URL.Path]; {
	case r.Header.Get("Authorization") == "":
		say(w, 401, nobody)
	case known:
		say(w, 200, text)
	default:
		say(w, 404, nobody)
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

func page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	_, _ = w.Write([]byte("<html>Welcome to the hotel</html>"))
}

// The steps: address, TLS, reachable, tenant, same tenant, token, import, spaces, publish, who, quota, clock, licence.
func TestConnection(t *testing.T) {
	managed := tenant.Expected{Spaces: []string{"Finance"}, MakesSpaces: true}
	transit := tenant.Expected{Spaces: []string{"Finance"}, Transit: "Transit"}
	const spaces = `{"data":[{"id":"s1","name":"Finance","type":"managed","meta":{"roles":["publisher"]}}`
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		ahead   time.Duration
		want    tenant.Expected
		steps   string // one letter for each: passed, failed, -: not checked
		words   string // that stand in some step
	}{
		"all is well, first time":       {friendly, 0, managed, "p-pppppppppp-", "First contact: tenant t1 (eu)."},
		"all is well, as before":        {friendly, 0, tenant.Expected{TenantID: "t1", Spaces: managed.Spaces}, "p-pppppppppp-", "Still tenant t1 (eu)."},
		"who opens, in words":           {friendly, 0, managed, "p-pppppppppp-", "“Finance”: 1 group, 1 user (consumer 2, contributor 1)."},
		"quotas, in words":              {friendly, 0, managed, "p-pppppppppp-", "Product: Qlik Sense. An app in memory: at most 5 GB. Shared spaces: no limit, 3 used."},
		"staged":                        {friendly, 0, tenant.Expected{}, "p-ppppp---ppp", "multi_cloud"},
		"licence does not say":          {instead("/api/v1/licenses/overview", 200, `{"status":"Ok"}`), 0, tenant.Expected{}, "p-ppppp---pp-", "does not say"},
		"licence expired":               {instead("/api/v1/licenses/overview", 200, `{"status":"Expired"}`), 0, tenant.Expected{}, "p-ppppp---ppf", "Expired"},
		"another tenant":                {friendly, 0, tenant.Expected{TenantID: "t0", Spaces: managed.Spaces}, "p-ppfppppppp-", "belongs to tenant t0"},
		"the tenant of another one":     {friendly, 0, tenant.Expected{Spaces: managed.Spaces, Taken: map[string]string{"t1": "eu"}}, "p-ppfppppppp-", `deployment "eu" has already`},
		"taken, and bound all the same": {friendly, 0, tenant.Expected{TenantID: "t1", Spaces: managed.Spaces, Taken: map[string]string{"t1": "eu"}}, "p-pppppppppp-", "Still tenant t1"},
		"down":                          {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no healthy upstream", 503) }, 0, managed, "p-pfff-----p-", "cannot answer at the moment (HTTP 503): no healthy upstream Test again later."},
		"leads elsewhere":               {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "https://login.example/", 302) }, 0, managed, "p-pfff-----p-", "another address, login.example (HTTP 302). Check"},
		"our clock is wrong":            {friendly, 5 * time.Minute, managed, "p-pppppppppf-", "time server"},
		"no tenant there":               {http.NotFound, 0, managed, "p-pfff-----p-", "404 page not found"},
		"a web page":                    {page, 0, managed, "p-pfff-----p-", "Welcome to the hotel"},
		"foreign data":                  {func(w http.ResponseWriter, _ *http.Request) { say(w, 200, `{"hello":"world"}`) }, 0, managed, "p-pfff-----p-", `{"hello":"world"}`},
		"token refused":                 {instead("/api/v1/users/me", 401, nobody), 0, managed, "p-pppf-----p-", "does not accept the sign-in"},
		"token refused from the first":  {func(w http.ResponseWriter, _ *http.Request) { say(w, 401, nobody) }, 0, managed, "p-pp-f-----p-", "only to those whom it lets in"},
		"not a member":                  {instead("/api/v1/users/me", 403, `{}`), 0, managed, "p-pppf-----p-", "does not allow"},
		"may not import":                {instead("/api/v1/apps/privileges", 200, `["can_create_app"]`), 0, managed, "p-ppppfppppp-", "may not import"},
		"transit is made later":         {friendly, 0, transit, "p-pppppppppp-", "which they pass through, is not there yet"},
		"no role in transit":            {instead("/api/v1/spaces", 200, spaces+`,{"id":"s2","name":"Transit","type":"shared","ownerId":"u9","meta":{"roles":["consumer"]}}]}`), 0, transit, "p-pppppppppp-", "has no role in the shared space “Transit”"},
		"our own transit":               {instead("/api/v1/spaces", 200, spaces+`,{"id":"s2","name":"Transit","type":"shared","ownerId":"u1","meta":{"roles":[]}}]}`), 0, transit, "p-pppppppppp-", "through the shared space “Transit”."},
		"tells no privileges":           {instead("/api/v1/apps/privileges", 404, ``), 0, managed, "p-pppp-ppppp-", "does not tell"},
		"space is made later":           {instead("/api/v1/spaces", 200, `{"data":[]}`), 0, managed, "p-pppppp--pp-", "made with the first app"},
		"no right to publish":           {instead("/api/v1/spaces", 200, `{"data":[{"id":"s1","name":"Finance","meta":{"roles":["consumer"]}}]}`), 0, managed, "p-ppppppfppp-", "Can publish"},
		"our own space":                 {instead("/api/v1/spaces", 200, `{"data":[{"id":"s1","name":"Finance","ownerId":"u1"}]}`), 0, managed, "p-pppppppppp-", "may publish to “Finance”"},
		"nobody opens":                  {instead("/api/v1/spaces/s1/assignments", 200, `{"data":[]}`), 0, managed, "p-pppppppppp-", "or nobody sees the apps"},
		"quotas fail":                   {instead("/api/v1/quotas", 500, ``), 0, managed, "p-pppppppp" + "fp-", "quotas"},
		"an API key of a person":        {instead("/api/v1/users/me", 200, `{"id":"u1","name":"Ada","subject":"auth0|1"}`), 0, tenant.Expected{APIKey: true, Spaces: managed.Spaces}, "p-pppppppppp-", "Signed in as Ada (auth0|1), a person."},
	} {
		t.Run(name, func(t *testing.T) {
			cl, _ := client(t, c.handler)
			cl.SetClock(func() time.Time { return time.Now().Add(c.ahead) })
			report := cl.Test(t.Context(), c.want)
			if diff := cmp.Diff(c.steps, letters(t, report)); diff != "" {
				t.Error(diff)
			}
			if said := words(report); !strings.Contains(said, c.words) {
				t.Errorf("no %q in\n%s", c.words, said)
			}
			if (report.Person == "Ada") != c.want.APIKey {
				t.Errorf("person %q", report.Person)
			}
		})
	}
}

func words(r tenant.Report) string {
	var all []string
	for _, s := range r.Steps {
		all = append(all, s.Name+": "+string(s.State)+": "+s.Detail+" "+s.Advice)
	}
	return strings.Join(all, "\n")
}

func letters(t *testing.T, r tenant.Report) string {
	t.Helper()
	var out string
	for _, s := range r.Steps {
		if s.Detail == "" || s.State == tenant.Failed && s.Advice == "" {
			t.Errorf("%s (%s) does not say what and what to do: %+v", s.Name, s.State, s)
		}
		out += map[tenant.StepState]string{tenant.Passed: "p", tenant.Failed: "f", tenant.NotChecked: "-"}[s.State]
	}
	return out
}

func TestConnectionToNobody(t *testing.T) {
	server := serve(t, friendly)
	server.Close()
	for endpoint, want := range map[string]string{
		server.URL:                    "p-f----------",
		"http://no-such-host.invalid": "f------------",
		"not an address":              "f------------",
		"https://127.0.0.1:1":         "p-f----------",
	} {
		report := tenant.New(endpoint, &counted{}, httpClient(t, loopback)).Test(t.Context(), tenant.Expected{})
		if got := letters(t, report); got != want {
			t.Errorf("%s: got %s\n%s", endpoint, got, words(report))
		}
	}
}

func TestConnectionOverTLS(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(friendly))
	t.Cleanup(server.Close)
	trusting := server.Client()
	report := tenant.New(server.URL, &counted{}, trusting).Test(t.Context(), tenant.Expected{Spaces: []string{"Finance"}})
	if got := letters(t, report); got != "pppppppppppp-" {
		t.Errorf("got %s\n%s", got, words(report))
	}
	if want := server.Certificate().NotAfter; !report.CertificateExpires.Equal(want) || !strings.Contains(words(report), "valid until "+want.UTC().Format("2 Jan 2006")) {
		t.Errorf("certificate until %s, want %s\n%s", report.CertificateExpires, want, words(report))
	}
	strange := tenant.New(server.URL, &counted{}, httpClient(t, loopback)).Test(t.Context(), tenant.Expected{})
	if got := letters(t, strange); got != "pf-----------" || !strings.Contains(words(strange), "--ca-file") {
		t.Errorf("a certificate that nobody vouches for: %s\n%s", got, words(strange))
	}
}

// A sandbox without a certificate is asked by https.
func TestConnectionToWhatSpeaksNoTLS(t *testing.T) {
	address := "https://" + serve(t, friendly).Listener.Addr().String()
	report := tenant.New(address, &counted{}, httpClient(t, loopback)).Test(t.Context(), tenant.Expected{})
	if got := letters(t, report); got != "pf-----------" || !strings.Contains(words(report), "does not speak TLS") {
		t.Errorf("got %s\n%s", got, words(report))
	}
}

func TestConnectionToForbiddenAddress(t *testing.T) {
	server := serve(t, friendly)
	report := tenant.New(server.URL, &counted{}, httpClient(t, tenant.Guard{})).Test(t.Context(), tenant.Expected{})
	if got := letters(t, report); got != "p-f----------" || !strings.Contains(words(report), "--allow-target") {
		t.Errorf("got %s\n%s", got, words(report))
	}
}

// A test ends in time, whatever the tenant does.
func TestConnectionEndsWithItsTime(t *testing.T) {
	cl, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v1/apps/privileges" {
			<-r.Context().Done()
			return
		}
		friendly(w, r)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	report := cl.Test(ctx, tenant.Expected{Spaces: []string{"Finance"}})
	if got := letters(t, report); got != "p-ppppf------" || !strings.Contains(words(report), "Test again later.") {
		t.Errorf("got %s\n%s", got, words(report))
	}
}
