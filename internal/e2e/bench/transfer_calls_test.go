package bench

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/e2e/driver"
	"github.com/skyferry/skyferry/internal/e2e/program"
)

// counted is a tenant whose calls are read from its log.
type counted struct {
	driver.Tenant
	*program.Process
	read int // bytes of the log
}

// BenchmarkTransferCalls counts the calls that an app costs, for each way of landing.
func BenchmarkTransferCalls(b *testing.B) {
	c := signIn(b, serve(b, b.TempDir()))
	good(b, c.CreateStream(b.Context(), "Finance"))
	good(b, c.CreateStream(b.Context(), "Sales"))
	for _, landing := range []string{"staged", "managed space"} {
		name := strings.Fields(landing)[0]
		at := countedTenant(b)
		c.deployAs(b, name, at.Tenant)
		good(b, c.CreatePolicy(b.Context(), "To "+name, fmt.Sprintf(`((subject.name=%q and resource.name like "%s*"))`, name, name)))
		c.carry(b, at, name+" first") // makes the space, too
		at.calls(b)

		id := c.carry(b, at, name+" second")
		calls := at.calls(b)
		report(b, calls.costly, "calls/new-"+name, "Calls of the costly tier for a new app, "+landing+": "+calls.names, "<= 4")
		c.replace(b, at, id, name+" second")
		calls = at.calls(b)
		report(b, calls.costly, "calls/update-"+name, "  for an update: "+calls.names, "<= 3")
		good(b, c.Move(b.Context(), id, "Sales"))
		c.rest(b)
		calls = at.calls(b)
		report(b, calls.chunks, "parts/unchanged-"+name, "  parts of data when nothing changed (moved to another stream)", "0")
		report(b, calls.costly, "calls/unchanged-"+name, "  calls of the costly tier then", "")
		at.Stop()
	}
}

func countedTenant(b *testing.B) *counted {
	b.Helper()
	p := program.Start(b, environment, []string{"tenant"}, "sandbox", "tenant", "--listen", program.FreeAddress(b), "--data", b.TempDir())
	return &counted{Tenant: driver.Tenant{Base: strings.Fields(p.Lines["tenant"][0])[1], Key: apiKey}, Process: p}
}

// deployAs makes a deployment that lands apps staged, or else in a managed space by an OAuth client.
func (c console) deployAs(b *testing.B, name string, at driver.Tenant) {
	b.Helper()
	if name == "staged" {
		good(b, c.SetUpDeployment(b.Context(), name, at.Base, at))
		return
	}
	id, secret, err := at.OAuthClient(b.Context(), "Skyferry")
	good(b, err)
	page, err := c.Get(b.Context(), "/deployments/new")
	good(b, err)
	_, err = page.Send(b.Context(), "Apply", driver.Text("Deployment name", name), driver.Text("API endpoint", at.Base),
		driver.Clear("Use local bearer token"), driver.Text("Sign in with", "Client credentials"), driver.Text("Client ID", id),
		driver.Text("Client secret", secret), driver.Text("Token endpoint", at.Base+"/oauth/token"))
	good(b, err)
}

// smallApp is a file of some kilobytes that differs by its seed.
func smallApp(seed string) string {
	return "\xff\xff\x01\x00\xc1\x06" + strings.Repeat(seed, 1000)
}

// carry publishes a small app and waits until it is in the tenant; it gives the app's id.
func (c console) carry(b *testing.B, at *counted, name string) string {
	b.Helper()
	good(b, c.Upload(b.Context(), name+".qvf", strings.NewReader(smallApp(name))))
	id, _, err := c.FindApp(b.Context(), name)
	good(b, err)
	good(b, c.Publish(b.Context(), id, "Finance"))
	c.awaitContent(b, at, name, smallApp(name))
	return id
}

// replace gives the app other bytes and waits until they are in the tenant.
func (c console) replace(b *testing.B, at *counted, id, name string) {
	b.Helper()
	good(b, c.Replace(b.Context(), id, name+".qvf", strings.NewReader(smallApp("next"))))
	c.awaitContent(b, at, name, smallApp("next"))
}

func (c console) awaitContent(b *testing.B, at *counted, name, content string) {
	b.Helper()
	sum := sha256.Sum256([]byte(content))
	await(b, 100*time.Millisecond, name+" in the tenant", func() bool {
		apps, err := at.Apps(b.Context())
		good(b, err)
		for _, app := range apps {
			if app.Name == name {
				got, err := at.ContentSHA256(b.Context(), app.ID)
				return err == nil && got == hex.EncodeToString(sum[:])
			}
		}
		return false
	})
	c.rest(b)
}

// rest waits until the console has nothing to do for two seconds.
func (c console) rest(b *testing.B) {
	b.Helper()
	quiet := time.Now()
	await(b, 100*time.Millisecond, "the console to rest", func() bool {
		counts, err := c.Counts(b.Context())
		if err != nil || counts["In progress"]+counts["Waiting"] > 0 {
			quiet = time.Now()
		}
		return time.Since(quiet) > 2*time.Second
	})
}

// tally is what a tenant was asked to do.
type tally struct {
	costly, chunks float64
	names          string
}

var (
	callLine = regexp.MustCompile(`msg=call .*method=(\S+) path=(\S+)`)
	idInPath = regexp.MustCompile(`/[0-9a-f-]{24,36}`)
)

// calls counts what the console has asked for since the last time. Costly is Qlik's tier 2: what is neither a read nor an
// upload (qlik-cloud-api.md section 0.1); the sign-in is shared by all apps and left out.
func (c *counted) calls(b *testing.B) (t tally) {
	b.Helper()
	log := c.Log()
	for _, call := range callLine.FindAllStringSubmatch(log[c.read:], -1) {
		method, path := call[1], idInPath.ReplaceAllString(call[2], "/{id}")
		switch {
		case method == "PATCH" && strings.Contains(path, "/temp-contents/files/"):
			t.chunks++
		case method == "GET" || method == "HEAD" || strings.Contains(path, "/temp-contents/files") || !strings.HasPrefix(path, "/api/"):
		default:
			t.costly++
			t.names += ", " + method + " " + strings.TrimPrefix(path, "/api/v1")
		}
	}
	c.read = len(log)
	t.names = strings.TrimPrefix(t.names, ", ")
	return t
}
