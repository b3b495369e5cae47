package browser

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestWalk does in the browser what Qlik's page "Distributing apps to Qlik Cloud" describes, by labels, with scripts.
func TestWalk(t *testing.T) { walk(t, true) }

// TestWalkWithoutScripts does the same with JavaScript off.
func TestWalkWithoutScripts(t *testing.T) { walk(t, false) }

func walk(t *testing.T, scripts bool) {
	d := startDemo(t)
	browser := newBrowser(t)
	console, eu, us := newPage(t, browser, scripts), newPage(t, browser, scripts), newPage(t, browser, scripts)
	console.signIn(d.console)
	eu.signInTenant(d.eu)
	us.signInTenant(d.us)

	w := &walker{t: t, d: d, scripts: scripts, console: console, us: us}
	w.setUpDeployment()
	w.trustInTenant()
	w.writePolicy()
	path, sum := qvf(t, "Quarterly report", "the first edition")
	app := w.uploadAndPublish(path, "Quarterly report", "Sales")
	w.arrives("Quarterly report", "us")
	w.isInTenant(app, "Quarterly report", sum)
	w.releaseAndRefresh(app)
	w.neverLeft()
	if path, sum, ok := realFile("Butler 7.0 demo app.qvf"); ok {
		w.realApp(path, sum)
	}
	w.removeTrust()
	w.lookAtTrouble()
	eu.open(d.eu + "/apps")
	eu.sees("Cash flow forecast") // its session lives beside the two others
}

type walker struct {
	t       *testing.T
	d       demo
	scripts bool
	console *page
	us      *page
	token   string
}

func (w *walker) setUpDeployment() {
	p := w.console
	p.link("Cloud distribution")
	p.link("Deployments setup")
	p.sees("My deployments")
	p.link("Set up new")
	w.token = p.value("textbox", "Token")
	if len(w.token) < 200 {
		w.t.Fatalf("no local bearer token before Apply: %q", w.token)
	}
	p.fill("Deployment name", "us")
	p.fill("API endpoint", "no address")
	p.button("Apply")
	p.sees("API endpoint")
	if kept := p.value("textbox", "Deployment name"); kept != "us" {
		w.t.Errorf("a refused form lost the name: %q", kept)
	}
	if kept := p.value("textbox", "Token"); kept != w.token {
		w.t.Error("a refused form changed the token")
	}
	p.fill("API endpoint", w.d.us)
	if w.scripts {
		p.button("Copy to clipboard")
		p.sees("Copied")
	}
	p.button("Apply")
	p.sees("Successfully added")
	if after := p.value("textbox", "Token"); after != w.token {
		w.t.Error("the token after Apply is another one")
	}
}

func (w *walker) trustInTenant() {
	p := w.us
	p.link("Identity provider")
	p.act("Create new")
	p.sees("Create identity provider configuration")
	p.choose("Type", "Multi-cloud")
	p.fill("Description", "Skyferry")
	p.paste("Local bearer token", "no definition at all")
	p.button("Create")
	p.sees("The text is not base64") // refused, and shown again
	p.paste("Local bearer token", w.token)
	p.button("Create")
	p.sees("skyferry:") // the issuer stands in the list
}

func (w *walker) writePolicy() {
	p := w.console
	p.open(w.d.console + "/policies")
	p.link("Create new")
	p.choose("Create rule from template", "Distribution_App")
	if !w.scripts {
		p.button("Use template")
	}
	p.conditions(`((subject.name=""))`)
	p.fill("Name", "Sales to us")
	row := p.await("group", "Condition 1")
	p.chooseIn(p.within(row, "combobox", "Side"), "subject")
	p.chooseIn(p.within(row, "combobox", "Property"), "name")
	p.chooseIn(p.within(row, "combobox", "Operator"), "=")
	p.chooseIn(p.within(row, "combobox", "Value type"), "Value")
	p.fillIn(p.within(p.await("group", "Condition 1"), "textbox", "Value"), "us")
	if w.scripts {
		p.conditions(`((subject.name="us"))`)
	}
	p.button("Add condition")
	p.await("group", "Condition 2")
	w.condition(2, "resource", "stream.name", "=", "Value", "Sales")
	p.button("Validate rule")
	p.sees("Valid.")
	p.conditions(`((subject.name="us") or (resource.stream.name="Sales"))`)
	p.sees("EVERY deployment")
	p.button("Make it AND")
	p.conditions(`((subject.name="us") and (resource.stream.name="Sales"))`)
	p.button("Apply")
	p.sees("Successfully added")
}

func (w *walker) condition(number int, side, property, operator, kind, value string) {
	p := w.console
	name := "Condition " + string(rune('0'+number))
	for label, option := range map[string]string{"Side": side, "Property": property, "Operator": operator, "Value type": kind} {
		p.chooseIn(p.within(p.await("group", name), "combobox", label), option)
	}
	p.fillIn(p.within(p.await("group", name), "textbox", "Value"), value)
}

// conditions waits until the text of the condition is this one.
func (p *page) conditions(want string) {
	p.t.Helper()
	var got string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if got = p.value("textbox", "Conditions"); got == want {
			return
		}
	}
	p.t.Fatalf("the condition reads\n%s\nnot\n%s", got, want)
}

func (w *walker) uploadAndPublish(path, name, stream string) (appID string) {
	w.upload(path)
	p := w.console
	p.open(w.d.console + "/apps")
	appID = p.app(name)
	p.act("Publish")
	p.choose("Stream", stream)
	if w.scripts {
		p.sees("Will go to: us")
	}
	p.pressIn("Publish")
	p.sees("Unpublish")
	return appID
}

// app opens an app by its name from the overview, and gives its id.
func (p *page) app(name string) string {
	p.t.Helper()
	p.link(name)
	p.await("heading", name)
	return last(p.location())
}

// pressIn presses the button of a dialog, or of the page that stands in its place without scripts.
func (p *page) pressIn(name string) {
	p.t.Helper()
	if dialogs := p.find("dialog", ""); len(dialogs) == 1 {
		p.press(p.within(dialogs[0], "button", name))
		return
	}
	p.button(name)
}

func (w *walker) upload(path string) {
	p := w.console
	p.open(w.d.console + "/apps")
	p.act("Upload app")
	p.attach("File", path)
	p.button("Upload")
	p.await("heading", "Apps")
}

// attach puts a file into the file field of the page, which has this label.
func (p *page) attach(label, path string) {
	p.t.Helper()
	p.do(chromedp.WaitReady("input[type=file]"))
	name, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](`document.querySelector("input[type=file]").labels[0].textContent.trim()`))
	if err != nil || name != label {
		p.t.Fatalf("the file field is labelled %q (%v), not %q", name, err, label)
	}
	p.do(chromedp.SetUploadFiles("input[type=file]", []string{path}))
}

// arrives waits until the status page says so; without scripts by reloading.
func (w *walker) arrives(app, deployment string) {
	w.t.Helper()
	p := w.console
	p.open(w.d.console + "/status?tab=all")
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		rows := p.find("row", app+" to "+deployment)
		if len(rows) == 1 {
			text, err := try[string](p, rows[0], `function() { return this.innerText }`)
			if err == nil && contains(text, "Distributed") { // a row that has just replaced itself is looked up again
				return
			}
		}
		if !w.scripts || len(rows) == 0 { // a row that is new waits behind a button
			p.open(w.d.console + "/status?tab=all")
		}
	}
	p.shot("failure")
	w.t.Fatalf("%s to %s is not distributed:\n%s", app, deployment, p.text())
}
