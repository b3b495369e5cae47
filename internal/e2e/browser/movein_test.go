package browser

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/e2e/driver"
	"github.com/skyferry/skyferry/internal/e2e/program"
)

// repositoryDemo is a demo whose apps come from a sandbox repository.
type repositoryDemo struct{ console, hub string }

func startRepositoryDemo(t *testing.T) repositoryDemo {
	t.Helper()
	listen, hub := program.FreeAddress(t), program.FreeAddress(t)
	program.Start(t, environment, []string{"tenant", "tenant", "console"}, "demo", "--site", "repository", "--listen", listen,
		"--tenants", program.FreeAddress(t)+","+program.FreeAddress(t), "--repository-listen", program.FreeAddress(t), "--hub-listen", hub, "--data", t.TempDir())
	return repositoryDemo{"http://" + listen, "http://" + hub}
}

// inHub lets the hub do something with an app, as somebody at the site does.
func (d repositoryDemo) inHub(t *testing.T, id, verb, body string) {
	t.Helper()
	answer, err := driver.Tenant{Base: d.hub, Key: apiKey}.Call(t.Context(), http.MethodPost, d.hub+"/sandbox/v1/apps/"+id+"/"+verb, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode >= 300 {
		t.Fatalf("%s: %d", verb, answer.StatusCode)
	}
}

// disableRules ends the site's own distribution, as somebody in the QMC does.
func (d repositoryDemo) disableRules(t *testing.T) {
	t.Helper()
	hub := driver.Tenant{Base: d.hub, Key: apiKey}
	answer, err := hub.Call(t.Context(), http.MethodGet, d.hub+"/sandbox/v1/rules", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var rules []struct {
		ID      string
		Actions int
	}
	if err := json.NewDecoder(answer.Body).Decode(&rules); err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		if r.Actions == 1024 {
			done, err := hub.Call(t.Context(), http.MethodPost, d.hub+"/sandbox/v1/rules/"+r.ID+"/disable", "", nil)
			if err != nil {
				t.Fatal(err)
			}
			done.Body.Close()
		}
	}
}

// TestMovingIn imports a rule of the site, and then acts there: an app is published from the console, and one that somebody else moves
// meanwhile is not.
func TestMovingIn(t *testing.T) {
	d := startRepositoryDemo(t)
	console := newPage(t, newBrowser(t), true)
	console.signIn(d.console)
	console.open(d.console + "/policies")
	console.sees("The site distributes by itself: both would send.")
	console.act("Moving in")
	console.sees(`As a policy it will be called "Finance to eu (site)"`)
	console.look("moving-in")
	console.tick("Select Finance to eu")
	console.button("Import")
	console.sees("Import 1 rule?")
	console.look("moving-in-question")
	console.button("Import 1 policy")
	console.sees("1 policy is imported.")
	console.sees("The site distributes by itself: both would send.")
	console.glance("policies-while-native")
	console.act("Moving in")
	console.sees(`Imported already, as the policy "Finance to eu (site)".`)

	d.disableRules(t)
	for end := time.Now().Add(patience); strings.Contains(console.text(), "both would send"); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the warning stays although the site's rules are disabled")
		}
		console.open(d.console + "/policies")
	}

	console.open(d.console + "/site")
	console.fill("User directory", "ACME")
	console.fill("User id", "mruiz")
	console.tick("Acting")
	console.button("Apply")
	console.sees("Successfully updated.")
	console.open(d.console + "/apps")
	console.link("Headcount plan")
	console.glance("app-of-a-site")
	id := console.location()[strings.LastIndex(console.location(), "/")+1:]
	console.act("Publish")
	console.choose("Stream", "HR")
	console.button("Publish")
	console.sees("Published to HR.")
	console.link("Move")
	console.choose("Stream", "Sales")
	d.inHub(t, id, "move", `{"stream": "Everyone"}`)
	console.button("Move")
	console.sees("Stream is Everyone at the site now, Sales here")
	console.look("moved-meanwhile")
	console.button("Move")
	console.sees("Moved to Sales.")
	console.tick("us")
	d.inHub(t, id, "properties", `{"Cloud": ["eu"], "Region": ["APAC"]}`)
	console.button("Apply")
	console.sees("Cloud is eu at the site now, us here")
	console.look("changed-meanwhile")
	console.button("Apply")
	console.sees("Changed at the site.")
}
