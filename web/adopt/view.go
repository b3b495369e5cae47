package adopt

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/adopt"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/web/ui"
)

// pageRows is how many rows stand on a page of the table.
const pageRows = 50

// view is what the page shows.
type view struct {
	deployment  deployment.Deployment
	reading     adopt.Reading
	rows        []adopt.Row     // of all published apps
	sent        map[string]bool // ids of those that policies send there
	chosen      []adopt.Row     // that the filter leaves, in their order
	counts      map[string]int  // of the tabs, under the rest of the filter
	query       url.Values
	page        int
	uploadFault string // what is wrong with the table that was sent
	now         time.Time
}

// tabs choose rows by their state.
var tabs = []struct {
	key, label string
	states     []adopt.State
}{
	{"", "With a proposal", []adopt.State{adopt.Proposed, adopt.Several}},
	{"linked", "Linked", []adopt.State{adopt.Linked}},
	{"marked", "Left and marked", []adopt.State{adopt.Marked}},
	{"none", "Without", []adopt.State{adopt.None}},
	{"ours", "Already ours", []adopt.State{adopt.Ours}},
	{"all", "All", nil},
}

// known says whether the tenant was read.
func (v view) known() bool { return !v.reading.Busy && v.reading.Fault == "" }

// choose applies the filter and the order of the address.
func (v *view) choose(query url.Values) {
	v.query, v.counts = query, map[string]int{}
	for _, row := range v.rows {
		if !v.finds(row) {
			continue
		}
		for _, t := range tabs {
			if t.states != nil && !slices.Contains(t.states, row.State) {
				continue
			}
			v.counts[t.key]++
			if t.key == v.tab() {
				v.chosen = append(v.chosen, row)
			}
		}
	}
	v.sort()
	v.page, _ = strconv.Atoi(query.Get("after")) // no number is the first page
	v.page = min(max(v.page, 0), max(0, (len(v.chosen)-1)/pageRows))
}

func (v view) tab() string {
	for _, t := range tabs {
		if t.key == v.query.Get("tab") {
			return t.key
		}
	}
	return ""
}

func (v view) finds(row adopt.Row) bool {
	if v.query.Get("scope") == "sent" && !v.sent[row.App.ID] {
		return false
	}
	text := strings.ToLower(strings.TrimSpace(v.query.Get("q")))
	if text == "" {
		return true
	}
	words := []string{row.App.Name, streamOf(row)}
	for _, f := range row.Fits {
		words = append(words, f.Name, f.SpaceName, f.ID)
	}
	if p := row.Placement; p != nil {
		words = append(words, p.RemoteName, p.SpaceName, p.RemoteID)
	}
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(strings.ToLower(word), text) })
}

func streamOf(row adopt.Row) string {
	if row.App.Stream == nil {
		return ""
	}
	return row.App.Stream.Name
}

func (v *view) sort() {
	less := map[string]func(a, b adopt.Row) int{
		"size":  func(a, b adopt.Row) int { return cmp.Compare(a.App.Size, b.App.Size) },
		"match": func(a, b adopt.Row) int { return cmp.Compare(reasons(a), reasons(b)) },
		"state": func(a, b adopt.Row) int { return cmp.Compare(a.State, b.State) },
	}[v.query.Get("sort")]
	if less != nil {
		slices.SortStableFunc(v.chosen, less)
	}
	if v.query.Get("dir") == "desc" {
		slices.Reverse(v.chosen)
	}
}

func reasons(row adopt.Row) int {
	if len(row.Fits) == 0 {
		return 0
	}
	return len(row.Fits[0].Reasons)
}

func (v view) shown() []adopt.Row {
	return v.chosen[v.page*pageRows : min(len(v.chosen), (v.page+1)*pageRows)]
}

func (v view) tabLinks() []ui.Tab {
	var links []ui.Tab
	query := url.Values{"q": v.query["q"], "scope": v.query["scope"]}
	for _, t := range tabs {
		links = append(links, ui.Tab{Label: t.label, Href: ui.Query(query, "tab", t.key), Count: v.counts[t.key], Current: t.key == v.tab()})
	}
	return links
}

func (v view) columns() []ui.Column {
	return []ui.Column{
		{Key: "app", Label: "App", Sortable: true}, {Key: "size", Label: "Size at site", Numeric: true, Sortable: true},
		{Key: "copy", Label: "Tenant app"}, {Key: "space", Label: "Space"}, {Key: "there", Label: "Size in tenant", Numeric: true},
		{Key: "match", Label: "Match", Sortable: true}, {Key: "state", Label: "State", Sortable: true}, {Key: "choice", Label: "Choice"},
	}
}

func (v view) table() ui.Table {
	by := cmp.Or(v.query.Get("sort"), "app")
	return ui.Table{ID: "adopt", Caption: "Apps of the site and their copies in " + v.deployment.Name, Columns: v.columns(), Sort: ui.Sort{By: by, Descending: v.query.Get("dir") == "desc", Query: v.query}}
}

func (v view) filters() []*ui.Filter {
	return []*ui.Filter{ui.FilterBy("Apps", "scope", v.query, []ui.Option{{Value: "", Label: "All published"}, {Value: "sent", Label: "That policies send there"}})}
}

func (v view) pager() ui.Pager {
	p := ui.Pager{Text: ui.Plural(len(v.chosen), "app", "apps")}
	if v.page > 0 {
		p.First = ui.Query(v.query, "after", "")
	}
	if (v.page+1)*pageRows < len(v.chosen) {
		p.Next = ui.Query(v.query, "after", strconv.Itoa(v.page+1))
	}
	return p
}

// bar holds what is done with the choices of the page.
func (v view) bar(mayChange bool) ui.ActionBar {
	b := ui.ActionBar{End: v.pager(), Right: []ui.Button{{Label: "Download CSV", Href: path(v.deployment) + "/apps.csv" + ui.Query(v.query, "after", "")}}}
	if mayChange {
		b.Left = []ui.Button{{Label: "Apply", Kind: ui.Primary, Form: "choices"}, {Label: "Cancel", Href: "/deployments/" + url.PathEscape(v.deployment.ID)}}
		b.Note = "Choices count for the rows that are shown; you are asked before anything is linked"
		if len(v.chosen) <= pageRows {
			b.Note = "You are asked before anything is linked"
		}
	}
	return b
}

// choiceField offers what may be chosen for a row.
func choiceField(row adopt.Row) ui.Field {
	f := ui.Field{
		Name: "choice:" + row.App.ID, Label: "Choice for " + row.App.Name, HideLabel: true, Type: "select",
		Options: []ui.Option{{Value: "", Label: "Nothing"}, {Value: "link", Label: "Link"}, {Value: "mark", Label: "Leave and mark"}},
	}
	if row.State == adopt.Linked {
		f.Options = slices.Delete(f.Options, 1, 2)
	}
	return f
}

// copyField asks which copy is meant. Where one fits best it stands there; else somebody has to say.
func copyField(row adopt.Row) ui.Field {
	f := ui.Field{Name: "copy:" + row.App.ID, Label: "Tenant app for " + row.App.Name, HideLabel: true, Type: "select"}
	if row.State == adopt.Several {
		f.Options = []ui.Option{{Value: "", Label: "Choose: " + ui.Number(len(row.Fits)) + " fit"}}
		if len(row.Fits) == 1 {
			f.Options[0].Label = "Choose: it fits other apps, too"
		}
	} else {
		f.Value = row.Fits[0].ID
	}
	for _, fit := range row.Fits {
		f.Options = append(f.Options, ui.Option{Value: fit.ID, Label: fit.Name + " · " + where(fit.Copy) + " · " + sizeOf(fit.Size) + " · " + fit.ID})
	}
	return f
}

func where(c adopt.Copy) string {
	switch {
	case c.SpaceName != "":
		return c.SpaceName
	case c.SpaceID != "":
		return "a space that is not shown"
	case c.Native:
		return "Staged"
	}
	return "no space"
}

func sizeOf(bytes int64) string {
	if bytes == 0 {
		return "size not told"
	}
	return ui.Bytes(bytes)
}

// stateLook gives a state the sign of the state of a delivery that means about the same.
func stateLook(s adopt.State) string {
	return map[adopt.State]string{
		adopt.Proposed: "waiting", adopt.Several: "retrying", adopt.None: "superseded", adopt.Ours: "distributed", adopt.Linked: "placing", adopt.Marked: "left in tenant",
	}[s]
}

// single says whether a row needs no question which copy is meant.
func single(row adopt.Row) bool { return row.State == adopt.Proposed && len(row.Fits) == 1 }

// native says that nobody knows whether the copy can be refreshed.
func native(row adopt.Row) bool { return len(row.Fits) > 0 && row.Fits[0].Native }

// reasonWords say why the best copy fits, and how many fit as well.
func reasonWords(row adopt.Row) string {
	best, equal := strings.Join(row.Fits[0].Reasons, ", "), 0
	for _, f := range row.Fits {
		if strings.Join(f.Reasons, ", ") == best {
			equal++
		}
	}
	switch {
	case row.State != adopt.Several || len(row.Fits) == 1:
		return best
	case equal == len(row.Fits):
		return "each: " + best
	}
	return fmt.Sprintf("%d of %d: %s", equal, len(row.Fits), best)
}

// nothing says what an empty tab means.
func (v view) nothing() string {
	return map[string]string{
		"": "No copy in the tenant fits an app that is not placed yet.", "linked": "No app is linked.", "marked": "No copy is left and marked.",
		"none": "Every published app has a copy, or a proposal.", "ours": "Skyferry has placed no app there.",
	}[v.tab()]
}

func (v view) nothingMeans() string {
	switch v.tab() {
	case "":
		return "Copies are found by their name. One that was renamed in the tenant can be linked by a table: Download CSV on the tab Without, and fill in its id."
	case "linked":
		return "An app is linked until something is sent to it; from then on it is already ours."
	}
	return "Choose another tab."
}

// mayChange says whether the user may change anything.
func mayChange(ctx context.Context) bool { return !ui.ShellOf(ctx).ReadsOnly }
