package ui_test

import (
	"net/url"
	"regexp"
	"time"

	"github.com/a-h/templ"

	"github.com/skyferry/skyferry/web/ui"
)

var hashes = regexp.MustCompile(`\.[0-9a-f]{12}\.`)

// samples has each component once, as screens use it.
func samples() map[string]ui.Component {
	return map[string]ui.Component{
		"layout": around(ui.Layout(ui.Page{
			Title: "Finance to eu", Section: "/policies", Crumbs: []ui.Link{{Label: "Distribution policies", Href: "/policies"}},
			Aside: ui.Text("version 7"), Live: true, Paper: true,
		}), ui.Text("content")),
		"plain-layout": around(ui.PlainLayout("Sign in"), around(ui.SignIn(), signInForm())),
		"error-page":   ui.ErrorPage(404, "No such page", "There is nothing at this address.", "r-81204"),
		"fields":       fields(),
		"errors":       ui.ErrorSummary("The deployment is not applied.", ui.ErrorsOf(nameField(), endpointField())),
		"group":        around(ui.Group("connection", "Connection", "3 fields"), fields()),
		"folded-group": around(ui.FoldedGroup("limits", "Limits", "2 at a time", false), ui.Field{Name: "limit", Label: "At a time", Type: "number", Short: true}),
		"field-row":    around(ui.FieldRow(), ui.Field{Name: "a", Label: "A"}, ui.Field{Name: "b", Label: "B", Optional: true}),
		"beside":       around(ui.Beside("Actions"), ui.Field{Name: "distribute", Label: "Distribute", Type: "checkbox", Checked: true}),
		"buttons":      buttons(),
		"action-bar":   actionBar(),
		"messages":     messages(),
		"empty":        emptyPolicies(),
		"deployments": templ.Join(
			ui.DeploymentName("eu", "Production", "acme.eu.qlikcloud.com"), ui.DeploymentCell("us", "Test", "acme-test.us.qlikcloud.com"),
			ui.DeploymentLink("/deployments/1", "sandbox", "Sandbox", "127.0.0.1:8091"), ui.DeploymentName("other", "", ""),
		),
		"states":      states(),
		"tabs":        ui.Tabs("Status", statusTabs()),
		"group-nav":   ui.GroupNav(groupItems()),
		"panes":       around(ui.Panes(ui.GroupNav(groupItems()), around(ui.SidePanel("Result", "Live"), ui.Text("148"))), ui.Text("middle")),
		"card":        around(ui.Card("Needs attention", "5 causes"), tag("p", ui.Text("text"))),
		"tiles":       ui.Tiles(tileGroups()),
		"facts":       ui.Facts(facts()),
		"steps":       ui.Steps(connectionSteps()),
		"setup-steps": ui.SetupSteps(setupSteps()),
		"dialog":      publishDialog(false),
		"dialog-open": publishDialog(true),
		"copy-button": ui.CopyButton("Copy to clipboard", "token"),
		"history":     templ.Join(ui.History(historyEntries()), ui.History(nil)),
		"times":       templ.Join(ui.Time(noon.Add(-time.Hour)), ui.Clock(noon), ui.Time(time.Time{}), ui.Clock(time.Time{})),
		"toolbar":     toolbar(url.Values{"stream": {"Finance"}, "q": {"cash"}, "after": {"c"}}),
		"table":       statusTable(url.Values{"sort": {"changed"}, "dir": {"desc"}}),
		"no-row":      ui.NoRow(4, "No app matches.", "/apps"),
		"pager":       ui.Pager{Text: "51 to 100 of 2,205", First: "?", Next: "?after=x"},
		"chips":       templ.Join(ui.Chip("finance"), ui.Count(3004, false), ui.Count(118, true), ui.Count(0, true)),
	}
}

func nameField() ui.Field {
	return ui.Field{Name: "name", Label: "Deployment name", Value: "us", Required: true, Error: "A deployment is called so already. Choose another name."}
}

func endpointField() ui.Field {
	return ui.Field{
		Name: "endpoint", Label: "API endpoint", Type: "url", Value: "acme-test", Required: true,
		Help: "The tenant's address, such as https://my-tenant.eu.qlikcloud.com", Error: "This is no address that begins with https://.",
	}
}

func fields() ui.Component {
	return templ.Join(
		nameField(), endpointField(),
		ui.Field{Name: "audience", Label: "Audience", Value: "qlik.api"},
		ui.Field{Name: "local", Label: "Use local bearer token", Type: "checkbox", Checked: true},
		ui.Field{Name: "secret", Label: "Client secret", Type: "password"},
		ui.Field{Name: "kind", Label: "Kind", Type: "select", Value: "Test", Short: true, Optional: true, Was: "", Options: []ui.Option{{Label: "Unspecified"}, {Value: "Production"}, {Value: "Test"}, {Value: "Sandbox"}}},
		ui.Field{Name: "contact", Label: "Contact", Value: "bi-platform@acme.example", Was: "m.ruiz@acme.example", Optional: true},
		ui.Field{Name: "value", Label: "Value", Value: "eu*", Warning: "= knows no wildcard, so this is true only for the value eu* itself."},
		ui.Field{Name: "conditions", Label: "Conditions", Type: "textarea", Mono: true, Value: "((subject.name=\"eu\") and\n (resource.stream.name=\"Finance\"))"},
		ui.Field{Name: "file", Label: "File", Type: "file"},
		ui.Field{Name: "landing", Label: "Landing", Type: "radio", Value: "staged", Options: []ui.Option{
			{Value: "staged", Label: "Staged", Help: "No owner, no space. An admin of the tenant sets the space; Skyferry keeps it."},
			{Value: "space", Label: "In a managed space", Help: "Needs client credentials: the token alone may not publish."},
		}},
		ui.Field{Name: "draft", Type: "hidden", Value: "d1"},
	)
}

func signInForm() ui.Component {
	return templ.Join(
		tag("h1", ui.Text("Sign in")), tag("p", ui.Text("to the console of qs-prod-01")),
		tag(`form method="post"`, ui.Field{Name: "user", Label: "User name", Value: "a.lindqvist"},
			ui.Field{Name: "password", Label: "Password", Type: "password", Value: "x"}, ui.Button{Label: "Sign in", Kind: ui.Primary}),
		tag(`p class="meta"`, ui.Text("Forgotten? An administrator can set a new one.")),
	)
}

func buttons() ui.Component {
	return tag(`div class="row"`,
		ui.Button{Label: "Apply", Kind: ui.Primary}, ui.Button{Label: "Cancel", Href: "/policies"},
		ui.Button{Label: "Delete", Kind: ui.Danger, Dialog: "delete", Href: "/policies/1/delete"},
		ui.Button{Label: "Retry all 12", Small: true, Post: "/status/retry"}, ui.Button{Label: "Make a new key", Kind: ui.Quiet},
		ui.Button{Label: "Remove", Icon: ui.IconClose, IconOnly: true, Kind: ui.Quiet, Name: "remove", Value: "2", NoCheck: true},
		ui.Button{Label: "Retry", NeedsRow: true, Disabled: true}, ui.Button{Label: "Disable", Form: "f", Action: "/x/disable"},
		ui.Button{Label: "Show more", Plain: true},
	)
}

func actionBar() ui.Component {
	return ui.ActionBar{
		Left:  []ui.Button{{Label: "Apply", Kind: ui.Primary}, {Label: "Cancel", Href: "/deployments"}},
		More:  []ui.Button{{Label: "Copy for support", Icon: ui.IconCopy, Plain: true}},
		Right: []ui.Button{{Label: "Test connection", Form: "f"}, {Label: "Disable", Form: "f"}, {Label: "Delete", Kind: ui.Danger, Dialog: "publish", Href: "?dialog=publish"}},
	}
}

func messages() ui.Component {
	return tag(`div class="stack pad"`,
		ui.MessageBox{Kind: ui.Warn, Icon: ui.IconPaused, Bold: "us is paused since 03:12.", Text: "The tenant does not accept key 7f3a91c2. 41 apps wait; the 785 apps in the tenant stay as they are.", Action: &ui.Button{Label: "Resume us", Form: "f", Action: "/deployments/us/resume", NoCheck: true}},
		ui.MessageBox{Kind: ui.Bad, Bold: "Not valid: line 1, column 15:", Text: "a value is missing.", Alert: true},
		ui.MessageBox{Kind: ui.Info, Bold: "Qlik has not published this format.", Text: "For a real tenant use client credentials."},
		ui.MessageBox{Kind: ui.Good, Bold: "Valid.", Text: "148 apps, 21 GB.", Body: tag("p", ui.Text("More below."))},
	)
}

func emptyPolicies() ui.Component {
	return ui.Empty{
		Icon: ui.IconPolicy, Title: "No policy: nothing leaves the site.", Text: "A policy says which published apps go to which deployment. You see the apps before you apply it.",
		Action: &ui.Button{Label: "Create new", Icon: ui.IconPlus, Kind: ui.Primary, Href: "/policies/new"},
	}
}

func states() ui.Component {
	words := []string{"waiting", "exporting", "uploading", "importing", "placing", "distributed", "retrying", "paused", "failed", "cancelled", "superseded", "left in tenant", "something new"}
	parts := []ui.Component{}
	for _, w := range words {
		parts = append(parts, ui.StateLabel(w, "since 05:38"))
	}
	return tag(`div class="row pad"`, append(parts, ui.StateText("failed", "13 failed"),
		ui.StateProgress("uploading", "62 %", 62), ui.StateProgress("importing", "48 s", ui.NoPercent))...)
}

func statusTabs() []ui.Tab {
	return []ui.Tab{
		{Label: "Needs attention", Href: "?tab=attention", Count: 118, Bad: true}, {Label: "In progress", Href: "?tab=progress", Count: 4},
		{Label: "Waiting", Href: "?tab=waiting", Count: 9}, {Label: "Distributed", Href: "?tab=distributed", Count: 2071},
		{Label: "Left in tenant", Href: "?tab=left", Count: 3}, {Label: "All", Href: "?tab=all", Count: 2205, Current: true}, {Label: "Guards", Href: "?", Count: -1},
	}
}

func groupItems() []ui.NavItem {
	return []ui.NavItem{
		{Label: "Identification", Href: "#identification"}, {Label: "Basic", Href: "#basic", Count: 1, Kind: ui.Warn, Current: true},
		{Label: "Tests", Href: "#tests", Count: 2, Kind: ui.Good}, {Label: "History", Href: "#history", Count: 7},
	}
}

func tileGroups() []ui.TileGroup {
	return []ui.TileGroup{
		{Title: "Manage content", Tiles: []ui.Tile{{Icon: ui.IconApps, Label: "Apps", Href: "/apps", Meta: "3,004 · 2,611 published"}, {Icon: ui.IconStream, Label: "Streams", Href: "/streams", Meta: "14"}, {Icon: ui.IconTag, Label: "Custom properties", Href: "/properties", Meta: "9"}}},
		{Title: "Cloud distribution", Href: "/distribution", Tiles: []ui.Tile{{Icon: ui.IconCloud, Label: "Deployments setup", Href: "/deployments", Meta: "3 · 1 paused"}, {Icon: ui.IconPolicy, Label: "Distribution policies", Href: "/policies", Meta: "11 · 2 guards"}, {Icon: ui.IconPulse, Label: "Distribution status", Href: "/status", Meta: "118 need attention", Bad: true}}},
		{Title: "Configure system", Tiles: []ui.Tile{{Icon: ui.IconSite, Label: "Site", Href: "/site", Meta: "qs-prod-01 · 38 s ago"}, {Icon: ui.IconUser, Label: "Users", Href: "/users", Meta: "6"}, {Icon: ui.IconList, Label: "Audit", Href: "/audit"}}},
	}
}

func facts() []ui.Fact {
	return []ui.Fact{{Label: "App id", Value: "b81c07aa-42d1", Mono: true}, {Label: "Space", Value: "Finance (managed)"}, {Label: "Data of", Body: ui.Time(noon.Add(-9 * time.Hour))}}
}

func connectionSteps() []ui.Step {
	return []ui.Step{
		{State: ui.StepDone, Title: "Address answers", Text: "acme-test.us.qlikcloud.com, certificate valid until 14 Mar", Meta: "84 ms"},
		{State: ui.StepFailed, Title: "Sign-in refused", Text: "401: no key 7f3a91c2 here (trace 4be1…09)", Body: ui.MessageBox{Kind: ui.Bad, Bold: "Do this:", Text: "copy the token, then in the tenant open Identity provider and create the configuration again."}},
		{State: ui.StepNow, Title: "Same tenant as before", Time: "05:38:12"},
		{State: ui.StepPending, Title: "May import apps", Text: "Not reached"},
	}
}

func setupSteps() []ui.SetupStep {
	return []ui.SetupStep{
		{Number: 1, Title: "Connect site", Text: "qs-prod-01 answers. 3,004 apps, 2,611 published.", Done: true, State: "Connected", Action: ui.Button{Label: "Open", Href: "/site"}},
		{Number: 2, Title: "Set up deployment", Text: "Name the tenant and paste its token there. It takes about three minutes; you must be an admin of the tenant.", Next: true, State: "Not set up", Action: ui.Button{Label: "Set up new", Kind: ui.Primary, Href: "/deployments/new"}},
		{Number: 3, Title: "Create policy", Text: "No policy: nothing leaves the site. You see which apps would go before anything is sent.", State: "After step 2", Action: ui.Button{Label: "Create new", Disabled: true}},
	}
}

func publishDialog(open bool) ui.Component {
	return around(ui.Dialog("publish", "Publish", "/apps/1", open), tag(`form method="post" action="/apps/1/publish"`,
		ui.Field{Name: "stream", Label: "Stream", Type: "select", Options: []ui.Option{{Value: "Finance"}, {Value: "Sales"}}},
		ui.MessageBox{Kind: ui.Info, Bold: "Will go to:", Text: "eu, us"},
		ui.DialogActions("/apps/1", ui.Button{Label: "Publish", Kind: ui.Primary})))
}

func historyEntries() []ui.HistoryEntry {
	return []ui.HistoryEntry{
		{At: noon.Add(-time.Hour), Who: "a.lindqvist", What: "Changed", Changes: []ui.Change{{Field: "Contact", Before: "m.ruiz@acme.example", After: "bi-platform@acme.example"}, {Field: "Note", After: "Rehearsal tenant"}}},
		{At: noon.Add(-80 * time.Hour), Who: "Skyferry", What: "Paused"},
		{At: noon.Add(-81 * time.Hour), Who: "Qlik repository", What: "Reloaded", Changes: []ui.Change{
			{Field: "Size", Before: "1132728", After: "412000000"}, {Field: "Last reload", Before: "2026-11-12T05:38:12Z", After: "2026-11-20T05:38:12Z"}}},
		{At: noon.Add(-82 * time.Hour), Who: "Qlik repository", What: "Reloaded", Changes: []ui.Change{
			{Field: "Size", Before: "1132728", After: "1132729"}, {Field: "Last reload", Before: "2026-11-12T05:38:12Z", After: "2026-11-12T05:38:13Z"}}},
		{At: noon.Add(-83 * time.Hour), Who: "a.lindqvist", What: "Changed", Changes: []ui.Change{{Field: "Time between two full sweeps", Before: "15m0s", After: "1h0m0s"}, {Field: "Last reload", After: "odd"}}},
	}
}

func columns(query url.Values) []ui.Column {
	return []ui.Column{
		{Key: "app", Label: "App", Sortable: true, Filter: ui.FilterBy("App", "app", query, nil)}, {Key: "deployment", Label: "Deployment", Sortable: true},
		{Key: "state", Label: "State", Sortable: true, Filter: ui.FilterBy("State", "state", query, []ui.Option{{Value: "failed", Label: "Failed"}})},
		{Key: "site", Label: "Data at site", Numeric: true, WideOnly: true}, {Key: "tenant", Label: "Data in tenant", Numeric: true, WideOnly: true}, {Key: "behind", Label: "Behind by", Numeric: true},
		{Key: "where", Label: "Where", Minor: true}, {Key: "attempts", Label: "Attempts", Numeric: true, Minor: true}, {Key: "changed", Label: "Last change", Numeric: true, Sortable: true, WideOnly: true},
		{Key: "message", Label: "Message"}, {Key: "id", Label: "App id", Hidden: true},
	}
}

func toolbar(query url.Values) ui.Component {
	t := ui.Table{ID: "status", Columns: columns(query)}
	return ui.Toolbar{
		Start: ui.SelectedCount("status"), Table: &t, Search: &ui.Search{Value: query.Get("q"), Placeholder: "Search app, stream", Query: query},
		Filters: []*ui.Filter{ui.FilterBy("Deployment", "deployment", query, []ui.Option{{Value: "1", Label: "eu"}, {Value: "2", Label: "us"}}), ui.FilterBy("Stream", "stream", query, []ui.Option{{Value: "Finance"}, {Value: "Sales"}})},
	}
}

func statusTable(query url.Values) ui.Component {
	cols := columns(query)
	t := ui.Table{ID: "status", Caption: "Deliveries", Columns: cols, Selectable: true, Sort: ui.Sort{By: "changed", Descending: true, Query: query}}
	eu := ui.DeploymentName("eu", "Production", "acme.eu.qlikcloud.com")
	return around(ui.TableOf(t),
		ui.Fold{ID: "fold-1", State: "failed", Title: "12 × Failed: no right to publish", Deployment: eu, Since: ui.Time(noon.Add(-86 * time.Minute)), Text: "Give the client the role Can publish in space “Finance”.", Buttons: []ui.Button{{Label: "Retry all 12", Small: true}, {Label: "Pause eu", Small: true}}, Toggle: "?", Open: true, Span: 12},
		statusRow("tr class=\"folded\"", cols, "Cash flow forecast", "Finance", ui.DeploymentCell("eu", "Production", "acme.eu.qlikcloud.com"), ui.StateLabel("failed", "at placing"), "403: the client may not publish in space “Finance”."),
		tag(`tr class="folded"`, tag(`td class="box"`), tag(`td colspan="11"`, templ.Raw(`<a href="?cause=1">Show 10 more with this cause</a>`))),
		ui.Fold{ID: "fold-2", State: "paused", Title: "41 × Paused: token refused", Deployment: ui.DeploymentName("us", "Test", "acme-test.us.qlikcloud.com"), Since: ui.Time(noon.Add(-4 * time.Hour)), Text: "The tenant does not accept key 7f3a91c2. Compare it with its identity provider.", Buttons: []ui.Button{{Label: "Open us", Small: true, Href: "/deployments/us"}, {Label: "Resume us", Small: true}}, Toggle: "?open=2", Span: 12},
		statusRow("tr", cols, "Order intake daily", "Sales", ui.DeploymentCell("eu", "Production", "acme.eu.qlikcloud.com"), ui.StateProgress("uploading", "62 %", 62), "760 MB of 1.2 GB, 38 MB/s, about 12 s"),
		statusRow("tr", cols, "Margin explorer", "Sales", ui.DeploymentCell("sandbox", "Sandbox", "127.0.0.1:8091"), ui.StateProgress("placing", "", 95), "Attributes are being set, then read back"),
		statusRow("tr", cols, "Absence overview", "HR", ui.DeploymentCell("us", "Test", "acme-test.us.qlikcloud.com"), ui.StateLabel("retrying", "in 4 min 10 s, try 3 of 12"), "503: the tenant is busy. It asked to wait 5 min."),
		statusRow("tr", cols, "Store traffic and conversion, all regions", "Sales", ui.DeploymentCell("eu", "", "acme.eu.qlikcloud.com"), ui.StateLabel("distributed", ""), ""),
		statusRow("tr", cols, "Dunning letters", "Sales", ui.DeploymentCell("eu", "Production", "acme.eu.qlikcloud.com"), ui.StateLabel("left in tenant", "since 12 Nov"), "No policy names it since “Sales to us and eu”, version 4."),
	)
}

func statusRow(open string, cols []ui.Column, app, stream string, deployment, state ui.Component, message string) ui.Component {
	cell := func(i int, c ui.Component) ui.Component { return around(ui.Cell(cols[i]), c) }
	return tag(open,
		ui.RowBox("id", app, app), ui.NameCell(cols[0], app, "/status/1", stream), cell(1, deployment), cell(2, state),
		cell(3, ui.Time(noon.Add(-88*time.Minute))), cell(4, ui.Time(noon.Add(-9*time.Hour))), cell(5, ui.Text("7 h 28 min")), cell(6, ui.Text("Finance")), cell(7, ui.Text("3")),
		cell(8, ui.Time(noon.Add(-85*time.Minute))), cell(9, tag(`span class="two-lines"`, ui.Text(message))), cell(10, ui.Text("b81c")))
}
