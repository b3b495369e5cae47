package ui_test

import (
	"flag"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/skyferry/skyferry/static"
	"github.com/skyferry/skyferry/web/ui"
)

var gallery = flag.String("gallery", "", "serve the gallery at this address until the test's time is over")

// TestGallery serves pages with all components, to be looked at in light and dark (?theme=dark), wide and narrow.
func TestGallery(t *testing.T) {
	if *gallery == "" {
		t.Skip("run with -gallery 127.0.0.1:8099")
	}
	mux := http.NewServeMux()
	mux.Handle(static.Prefix, static.Handler())
	mux.HandleFunc("/gallery/{page}", showPage)
	mux.HandleFunc("/narrow/{page}", func(w http.ResponseWriter, r *http.Request) { // a browser's window is never 390 px wide
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<body topmargin="0" leftmargin="0"><iframe width="390" height="2400" frameborder="0" src="/gallery/` + r.PathValue("page") + `?` + templ.EscapeString(r.URL.RawQuery) + `"></iframe>`))
	})
	t.Fatal(http.ListenAndServe(*gallery, mux))
}

func showPage(w http.ResponseWriter, r *http.Request) {
	page, ok := galleryPages(r.URL.Query())[r.PathValue("page")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	s := shell()
	if r.URL.Query().Get("paused") != "" {
		s.PausedAll = &ui.PauseBanner{Since: noon, Reason: "The tenant eu is being moved.", By: "j.berg"}
		s.Notice = &ui.Notice{Kind: ui.Good, Bold: "Successfully added.", Text: "12 apps go to eu."}
	}
	var b strings.Builder
	_ = page.Render(ui.WithShell(r.Context(), s), &b)
	html := strings.Replace(b.String(), "<html", `<html data-theme="`+r.URL.Query().Get("theme")+`"`, 1)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'self'")
	_, _ = w.Write([]byte(html))
}

func galleryPages(query url.Values) map[string]ui.Component {
	crumbs := []ui.Link{{Label: "Cloud distribution", Href: "/distribution"}}
	return map[string]ui.Component{
		"status": around(ui.Layout(ui.Page{Title: "Distribution status", Section: "/status", Crumbs: crumbs, Paper: true, Aside: ui.Button{Label: "8 new changes · Show", Small: true}}),
			ui.Tabs("Status", statusTabs()), toolbar(query), statusTable(query),
			ui.ActionBar{Left: []ui.Button{{Label: "Retry", NeedsRow: true}, {Label: "Cancel", NeedsRow: true}}, Note: "Select rows to act on them", End: ui.Pager{Text: "1 to 50 of 2,205", Next: "?after=x"}}),
		"deployment": around(ui.Layout(ui.Page{Title: "Deployments setup", Section: "/deployments", Crumbs: crumbs, Paper: true}),
			tag(`form method="post" class="edit" data-edit id="f"`, around(ui.Panes(deploymentList(), sidePanels()), messages(),
				around(ui.Group("connection", "Connection", ""), fields()), tokenGroup(),
				around(ui.FoldedGroup("limits", "Limits", "Hold more than 25 new apps at once · 2 at a time", false), ui.Field{Name: "limit", Label: "At a time"})), actionBar()), publishDialog(query.Get("open") != "")),
		"policy": around(ui.Layout(ui.Page{Title: "Finance to eu", Section: "/policies", Crumbs: crumbs, Paper: true, Aside: ui.Text("Applied by a.lindqvist, Fri 16:20 · version 7")}),
			tag(`form method="post" class="edit" data-edit`, around(ui.Panes(ui.GroupNav(groupItems()), sidePanels()),
				ui.ErrorSummary("The policy is not applied.", ui.ErrorsOf(nameField(), endpointField())),
				around(ui.Group("identification", "Identification", ""), around(ui.FieldRow(), nameField(), ui.Field{Name: "d", Label: "Description", Optional: true})),
				around(ui.Group("basic", "Basic", "Writes the conditions below"), around(ui.FieldRow(), ui.Field{Name: "filter", Label: "Resource filter", Value: "App_*"}, ui.Field{Name: "x", Label: "Distribute", Type: "checkbox", Checked: true})),
				around(ui.Group("history", "History", ""), ui.History(historyEntries()))), actionBar())),
		"start": around(ui.Layout(ui.Page{Title: "Start", Bare: true}), tag(`div class="pad stack"`, tag("h1", ui.Text("All 4 deployments are up to date")), ui.SetupSteps(setupSteps()),
			tag(`div class="grid-2"`, around(ui.Card("Needs attention", "5 causes · 121 apps"), tag(`div class="card-body"`, states())), around(ui.Card("Buttons", ""), tag(`div class="card-body"`, buttons()))), ui.Tiles(tileGroups()))),
		"empty":   around(ui.Layout(ui.Page{Title: "Distribution policies", Crumbs: crumbs, Paper: true}), ui.Tabs("Policies", []ui.Tab{{Label: "Policies", Current: true}}), emptyPolicies()),
		"sign-in": around(ui.PlainLayout("Sign in"), around(ui.SignIn(), signInForm())),
		"missing": ui.ErrorPage(404, "No such page", "There is nothing at this address.", "r-81204"),
	}
}

func deploymentList() ui.Component {
	row := func(current, name, kind, host string, state ui.Component, meta string) ui.Component {
		return tag("li"+current, tag(`div class="pane-line"`, ui.DeploymentLink("/deployments/"+name, name, kind, ""), state), tag(`div class="pane-line meta"`, tag("span", ui.Text(host)), tag("span", ui.Text(meta))))
	}
	return tag(`div class="list-pane"`, templ.Raw(`<header class="panel-head"><h2>My deployments</h2><span class="meta">3</span></header>`),
		tag(`ul class="pane-list"`, row("", "eu", "Production", "acme.eu.qlikcloud.com", ui.StateText("failed", "13 failed"), "5 waiting"),
			row("", "sandbox", "Sandbox", "127.0.0.1:8091", ui.StateText("ready", "Ready"), "4 waiting"), row(` aria-current="true"`, "us", "Test", "acme-test.us.qlikcloud.com", ui.StateText("paused", "Paused"), "41 waiting")),
		tag(`footer class="pane-foot"`, ui.Button{Label: "Set up new", Icon: ui.IconPlus, Href: "/deployments/new"}))
}

func tokenGroup() ui.Component {
	return around(ui.Group("token-group", "Local bearer token", "Key 7f3a91c2 · no secret in it"), ui.Field{Name: "token", Label: "Token", Type: "textarea", Mono: true, ReadOnly: true, Value: strings.Repeat("eyJpc3N1ZXIiOiJodHRwczov", 12)},
		around(ui.Beside(""), ui.CopyButton("Copy to clipboard", "token")))
}

func sidePanels() ui.Component {
	return templ.Join(around(ui.SidePanel("Test connection", "Today 07:04"), ui.Steps(connectionSteps())), around(ui.SidePanel("In the tenant now", "Read back 05:41"), ui.Facts(facts())), around(ui.SidePanel("History", "2"), ui.History(historyEntries())))
}
