package browser

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/skyferry/skyferry/internal/e2e/driver"
)

// importApp makes an app in the tenant as its administrator does, in a space, and gives its id.
func importApp(t *testing.T, tenant, name, space string) string {
	t.Helper()
	path, _ := qvf(t, "there", name+space)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	response, err := driver.Tenant{Base: tenant, Key: apiKey}.Call(t.Context(), http.MethodPost, tenant+"/api/v1/apps/import?name="+strings.ReplaceAll(name, " ", "%20"), "application/octet-stream", strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var made struct{ Attributes struct{ ID string } }
	if err := json.Unmarshal(answer, &made); err != nil {
		t.Fatal(err)
	}
	if space == "" {
		return made.Attributes.ID
	}
	published := post(t, tenant, "/api/v1/apps/"+made.Attributes.ID+"/publish", `{"spaceId":"`+space+`"}`)
	if err := json.Unmarshal(published, &made); err != nil {
		t.Fatal(err)
	}
	return made.Attributes.ID
}

// TestAdopt links an app to the copy that the tenant has already: the next publish goes into it.
func TestAdopt(t *testing.T) {
	d := startDemo(t)
	address := startTenant(t, "apac")
	var space struct{ ID string }
	if err := json.Unmarshal(post(t, address, "/api/v1/spaces", `{"name":"Sales","type":"managed"}`), &space); err != nil {
		t.Fatal(err)
	}
	there := importApp(t, address, "Sales overview", space.ID)
	for _, name := range []string{"Cash flow forecast", "Cash flow forecast", "Headcount plan"} {
		importApp(t, address, name, "")
	}
	browser := newBrowser(t)
	console := newPage(t, browser, true)
	console.signIn(d.console)
	console.open(d.console + "/deployments/new")
	console.fill("Deployment name", "apac")
	console.fill("API endpoint", address)
	console.click("checkbox", "Use local bearer token")
	console.choose("Sign in with", "API key")
	console.fill("API key", mintKey(t, address))
	console.button("Apply")
	console.sees("Successfully added")
	console.link("Adopt apps already in the tenant")
	console.sees("same name, same space as the stream")
	console.look("adopt")
	console.choose("Choice for Sales overview", "Link")
	console.button("Apply")
	console.sees("they keep their id and space")
	console.look("adopt-question")
	console.button("Link 1 app")
	console.sees("1 app is linked")
	console.link("Linked 1")
	console.sees("Unlink")
	console.look("adopt-linked")

	console.link("With a proposal 2")
	console.choose("Choice for Headcount plan", "Leave and mark")
	console.button("Apply")
	console.sees("Headcount plan")
	console.look("adopt-question-mark")
	console.button("Leave and mark 1 app")
	console.sees("left as it is in the tenant, and marked")

	console.open(d.console + "/policies/new")
	console.choose("Create rule from template", "Distribution_App")
	console.fill("Name", "Sales to apac")
	console.fillIn(console.within(console.await("group", "Condition 1"), "textbox", "Value"), "apac")
	console.button("Apply")
	console.sees("Successfully added")
	w := &walker{t: t, d: d, scripts: true, console: console}
	w.arrives("Sales overview", "apac")
	console.press(console.within(console.await("row", "Sales overview to apac"), "link", "Sales overview"))
	console.sees(there)

	console.comesTo(d.console+"/status?tab=left", "Headcount plan")
	console.press(console.within(console.await("row", "Headcount plan to apac"), "link", "Headcount plan"))
	console.sees("no second copy is placed beside it")
	console.look("status-detail-marked")
}

// TestAdoptWithoutScripts leaves a copy as it is, and marks it.
func TestAdoptWithoutScripts(t *testing.T) {
	d := startDemo(t)
	address := startTenant(t, "apac")
	importApp(t, address, "Sales overview", "")
	console := newPage(t, newBrowser(t), false)
	console.signIn(d.console)
	console.open(d.console + "/deployments/new")
	console.fill("Deployment name", "apac")
	console.fill("API endpoint", address)
	console.click("checkbox", "Use local bearer token")
	console.choose("Sign in with", "API key")
	console.fill("API key", mintKey(t, address))
	console.button("Apply")
	console.sees("Successfully added")
	console.link("Adopt apps already in the tenant")
	console.sees("same name")
	console.choose("Choice for Sales overview", "Leave and mark")
	console.button("Apply")
	console.sees("no second copy is placed")
	console.button("Leave and mark 1 app")
	console.sees("left as it is in the tenant, and marked")
	console.comesTo(d.console+"/status?tab=left", "Left as it is: marked by admin")
	console.press(console.within(console.await("row", "Sales overview to apac"), "link", "Sales overview"))
	console.sees("no second copy is placed beside it")
	console.link("Undo the mark")
	console.button("Undo the mark")
	console.sees("is not marked any more")
}
