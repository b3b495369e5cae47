package browser

import (
	"strings"
	"testing"

	"github.com/skyferry/skyferry/internal/e2e/program"
)

// TestRepositoryHub walks through the hub of a sandbox repository: publish, rename, a sheet, a rule, a fault.
func TestRepositoryHub(t *testing.T) {
	p := program.Start(t, environment, []string{"repository"}, "sandbox", "repository", "--listen", program.FreeAddress(t),
		"--hub-listen", program.FreeAddress(t), "--certs", t.TempDir(), "--data", t.TempDir())
	hub := strings.Fields(p.Lines["repository"][0])[3] // NAME https://HOST:PORT hub http://HOST:PORT api-key KEY
	page := newPage(t, newBrowser(t), true)
	page.open(hub)
	page.glance("repository-sign-in")
	page.fill("Administrator's key", "of something else")
	page.button("Sign in")
	page.sees("The key is another one")
	page.fill("Administrator's key", apiKey)
	page.button("Sign in")
	page.sees("Headcount plan")
	page.look("repository-apps")
	page.click("link", "Headcount plan")
	page.choose("Stream", "HR")
	page.button("Publish")
	page.sees("HR, published")
	page.fill("Name", "People")
	page.button("Rename")
	page.sees("Renamed.")
	page.fill("Name of the sheet", "By team")
	page.choose("Kind", "Community")
	page.button("Add sheet")
	page.sees("The sheet is there.")
	page.look("repository-app")
	page.click("link", "Rules")
	page.button("Disable Finance to eu")
	page.sees("The rule is changed.")
	page.look("repository-rules")
	page.click("link", "History")
	page.sees("SystemRule “Finance to eu”")
	page.look("repository-history")
	page.click("link", "Faults")
	page.button("Start Callbacks lost")
	page.sees("The fault is on.")
	page.look("repository-faults")
}
