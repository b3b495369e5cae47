package browser

import (
	"testing"
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

	console.fill("API key", apiKey)
	console.button("Apply")
	console.sees("Successfully updated")
	console.button("Test connection")
	console.sees("First contact: tenant")
	console.sees("0 failed")
	console.look("deployment-test-passed")
	if n := len(console.find("textbox", "Client ID")); n != 0 {
		t.Errorf("%d fields of another way of signing in are shown", n)
	}
}
