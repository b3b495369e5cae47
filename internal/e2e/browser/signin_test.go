package browser

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/skyferry/skyferry/internal/e2e/driver"
)

// TestAPIKey sets a deployment up with an API key, and looks at what a test of its connection says.
func TestAPIKey(t *testing.T) {
	d := startDemo(t)
	address := startTenant(t, "apac")
	console := newPage(t, newBrowser(t), true)
	console.signIn(d.console)
	console.open(d.console + "/deployments/new")
	console.fill("Deployment name", "apac")
	console.fill("API endpoint", address)
	console.click("checkbox", "Use local bearer token")
	console.choose("Sign in with", "API key")
	console.look("deployment-new-api-key")
	console.button("Apply")
	console.sees("Enter the API key")
	console.fill("API key", "of-somebody-else")
	console.button("Apply")
	console.sees("Successfully added")
	console.button("Test connection")
	console.sees("does not accept the sign-in")
	console.sees("Do this: Compare the deployment's key")
	console.sees("An earlier step failed")
	console.look("deployment-test-failed")

	console.fill("API key", mintKey(t, address))
	console.button("Apply")
	console.sees("Successfully updated")
	console.sees("The API key ends in 2 days.")
	console.button("Test connection")
	console.sees("First contact: tenant")
	console.sees("0 failed")
	console.look("deployment-test-passed")
	console.open(console.location())
	console.sees("The API key is that of a person")
	console.open(d.console)
	console.sees("The API key ends in 2 days.")
	console.look("start-endings")
	console.link("Open apac")
	if n := len(console.find("textbox", "Client ID")); n != 0 {
		t.Errorf("%d fields of another way of signing in are shown", n)
	}
}

// TestConnectionTest says after a second that a slow test goes on, and shows a page that answers in the tenant's place.
func TestConnectionTest(t *testing.T) {
	d := startDemo(t)
	console := newPage(t, newBrowser(t), true)
	console.signIn(d.console)
	console.open(d.console + "/deployments")
	console.link("eu")
	post(t, d.eu, "/sandbox/v1/faults", `{"kind":"latency","seconds":5,"calls":1}`)
	console.button("Test connection")
	console.sees("Testing the connection")
	console.sees("0 failed")
	if contains(console.text(), "Testing the connection") {
		t.Error("the test is over, and still goes on")
	}
	post(t, d.eu, "/sandbox/v1/faults", `{"kind":"html","calls":100}`)
	console.button("Test connection")
	console.sees("It answers with a web page")
	console.sees("protocol error")
	console.look("deployment-test-page")
}

// TestJWTProvider sets a deployment up with a JWT identity provider, from what its page shows, and replaces the key.
func TestJWTProvider(t *testing.T) {
	d := startDemo(t)
	address := startTenant(t, "apac")
	console := newPage(t, newBrowser(t), true)
	console.signIn(d.console)
	console.open(d.console + "/deployments/new")
	console.fill("Deployment name", "apac")
	console.fill("API endpoint", address)
	console.click("checkbox", "Use local bearer token")
	console.choose("Sign in with", "JWT identity provider")
	body := console.value("textbox", "JSON body")
	console.look("deployment-new-jwt")
	console.button("Apply")
	console.sees("Successfully added")
	console.button("Test connection")
	console.sees("does not accept the sign-in")

	postProvider(t, address, body)
	console.button("Test connection")
	console.sees("Signed in as Skyferry distribution")
	console.look("deployment-jwt-tested")

	console.link("Make a new key")
	console.button("Make a new key")
	console.sees("A key change is under way.")
	console.button("Test connection")
	console.sees("does not know the next key")
	console.look("deployment-next-key")
	postProvider(t, address, console.value("textbox", "Next JSON body"))
	console.button("Test connection")
	console.sees("The tenant accepts both")
	if n := len(console.find("textbox", "Next JSON body")); n != 0 {
		t.Error("the next key is still offered")
	}
	console.open(console.location())
	console.sees("Next key took over")
}

// mintKey lets the tenant's administrator make an API key for less than three days.
func mintKey(t *testing.T, tenant string) string {
	t.Helper()
	var made struct{ Token string }
	answer := post(t, tenant, "/api/v1/api-keys", `{"description":"for Skyferry","expiry":"PT71H"}`)
	if err := json.Unmarshal(answer, &made); err != nil || made.Token == "" {
		t.Fatalf("no key: %v", err)
	}
	return made.Token
}

// postProvider does what the admin's script does with the body.
func postProvider(t *testing.T, tenant, body string) {
	t.Helper()
	post(t, tenant, "/api/v1/identity-providers", body)
}

// post sends JSON as the tenant's administrator, and gives the answer.
func post(t *testing.T, tenant, path, body string) []byte {
	t.Helper()
	response, err := driver.Tenant{Base: tenant, Key: apiKey}.Call(t.Context(), http.MethodPost, tenant+path, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}
