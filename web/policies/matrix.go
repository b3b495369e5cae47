package policies

import (
	"cmp"
	"encoding/csv"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/ui"
)

// matrixPage is how many apps stand on a page of the matrix.
const matrixPage = 50

// matrix is what becomes of every published app in every deployment when a policy or guard is applied as it stands in the
// form. It is asked for with the whole form, so that nothing of it is lost on the way.
type matrix struct {
	Form    form
	All     []deployment.Deployment // enabled
	Live    []deployment.Deployment // of these, the chosen ones
	Rows    []matrixRow
	Total   int // apps that the filter leaves
	Search  string
	Show    string // differences, or all
	Only    string // id of a deployment; empty: all
	Page    int
	Carried url.Values // the form of the policy
}

// matrixRow is one app.
type matrixRow struct {
	App   site.App
	Cells []matrixCell
	Sends int64 // bytes that go newly
}

// matrixCell is one app in one deployment.
type matrixCell struct {
	Words   string // goes, stays out, goes by another policy (B), blocked by guard HR
	Changes string // newly, no longer refreshed (its copy stays there); empty: as before
	Because string // the deciding part
	Goes    bool
}

// own names the fields of the matrix among those of the policy.
var own = []string{"mx-search", "mx-show", "mx-deployment", "mx-page"}

func (s *Screen) matrix(w http.ResponseWriter, r *http.Request) {
	m, ok := s.matrixOf(w, r, matrixPage)
	if ok {
		respond.Page(w, r, http.StatusOK, matrixView(m))
	}
}

// matrixOf reads the form and fills a page of rows, or with no limit all of them.
func (s *Screen) matrixOf(w http.ResponseWriter, r *http.Request, limit int) (m matrix, ok bool) {
	if err := respond.Form(w, r); err != nil {
		respond.Fault(w, r, err)
		return m, false
	}
	m = readMatrix(r.PostForm)
	all, err := s.Store.Deployments(r.Context())
	if err != nil {
		respond.Fault(w, r, err)
		return m, false
	}
	m.All = enabled(all)
	m.Live = slices.DeleteFunc(slices.Clone(m.All), func(d deployment.Deployment) bool { return m.Only != "" && d.ID != m.Only })
	now, err := s.standing(r.Context())
	if err != nil {
		respond.Fault(w, r, err)
		return m, false
	}
	m.fill(now, limit)
	return m, true
}

func readMatrix(values url.Values) matrix {
	page, _ := strconv.Atoi(values.Get("mx-page")) // no number is the first page
	m := matrix{
		Form: decode(values.Get("id"), values), Search: strings.TrimSpace(values.Get("mx-search")),
		Show: cmp.Or(values.Get("mx-show"), "differences"), Only: values.Get("mx-deployment"), Page: max(page, 0), Carried: url.Values{},
	}
	for name, list := range values {
		if !slices.Contains(own, name) && name != "do" {
			m.Carried[name] = list
		}
	}
	return m
}

// fill chooses the apps by bits, and judges only those of the page one by one.
func (m *matrix) fill(now *standing, limit int) {
	p := m.Form.policy(policy.Policy{ID: m.Form.ID})
	after, to := now.set.With(p), targets(m.Live)
	before, then := now.set.Matrix(now.apps, to), after.Matrix(now.apps, to)
	for n, d := range m.Live { // what stays as it is, or is not taken, does not change
		before[n], then[n] = before[n].Minus(now.marked[d.ID]), then[n].Minus(now.marked[d.ID])
		out := notTaken(now.apps, d)
		before[n].AndNot(out)
		then[n].AndNot(out)
	}
	chosen := m.choose(now.apps, before, then)
	m.Total = len(chosen)
	if limit > 0 {
		m.Page = min(m.Page, max(0, (m.Total-1)/limit))
		chosen = chosen[m.Page*limit : min(m.Total, (m.Page+1)*limit)]
	}
	for _, i := range chosen {
		row := matrixRow{App: now.apps.At(i)}
		for n, v := range after.Judge(row.App, to) {
			cell := cellOf(v, p.ID)
			if why := distribution.StaysOut(m.Live[n], row.App); cell.Goes && why != "" {
				cell = matrixCell{Words: "stays out: " + why}
			}
			if stay := now.marked[m.Live[n].ID]; cell.Goes && stay != nil && stay.Has(i) {
				cell.Words, cell.Goes = "stays as it is: left and marked in the tenant", false
			}
			cell.compare(before[n].Has(i), then[n].Has(i))
			if cell.Changes == newly {
				row.Sends += row.App.Size
			}
			row.Cells = append(row.Cells, cell)
		}
		m.Rows = append(m.Rows, row)
	}
}

// choose gives the numbers of the apps that the filter leaves, by name.
func (m *matrix) choose(apps *policy.Apps, before, after []policy.Bits) (chosen []int) {
	differs := func(i int) bool {
		for n := range before {
			if before[n].Has(i) != after[n].Has(i) {
				return true
			}
		}
		return false
	}
	for i := range apps.Len() {
		app := apps.At(i)
		if (m.Show == "all" || differs(i)) && m.finds(app) {
			chosen = append(chosen, i)
		}
	}
	slices.SortFunc(chosen, func(a, b int) int {
		x, y := apps.At(a), apps.At(b)
		return cmp.Or(cmp.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)), cmp.Compare(x.ID, y.ID))
	})
	return chosen
}

func (m *matrix) finds(app site.App) bool {
	text := strings.ToLower(m.Search)
	return strings.Contains(strings.ToLower(app.Name), text) || app.Stream != nil && strings.Contains(strings.ToLower(app.Stream.Name), text)
}

// What changes for an app in a deployment.
const (
	newly = "newly"
	stops = "no longer refreshed, its copy stays there"
)

func cellOf(v policy.Verdict, ownID string) matrixCell {
	switch {
	case v.Blocked != nil && v.By != nil:
		return matrixCell{Words: "blocked by guard " + v.Blocked.PolicyName, Because: v.Blocked.Because}
	case !v.Goes:
		return matrixCell{Words: "stays out"}
	}
	for _, g := range v.Grants {
		if g.PolicyID == ownID {
			return matrixCell{Words: "goes", Because: g.Because, Goes: true}
		}
	}
	return matrixCell{Words: "goes by another policy (" + v.By.PolicyName + ")", Because: v.By.Because, Goes: true}
}

func (c *matrixCell) compare(before, after bool) {
	switch {
	case after && !before:
		c.Changes = newly
	case before && !after:
		c.Changes = stops
	}
}

// download gives every row of the filter as CSV.
func (s *Screen) download(w http.ResponseWriter, r *http.Request) {
	m, ok := s.matrixOf(w, r, 0)
	if !ok {
		return
	}
	respond.CSV(w, "matrix.csv")
	out := csv.NewWriter(w)
	_ = out.Write([]string{"App", "Stream", "App id", "Size", "Deployment", "What", "Change", "Because"}) // the error is Flush's
	for _, row := range m.Rows {
		for n, c := range row.Cells {
			_ = out.Write([]string{respond.Harmless(row.App.Name), respond.Harmless(row.App.Stream.Name), row.App.ID, strconv.FormatInt(row.App.Size, 10),
				respond.Harmless(m.Live[n].Name), respond.Harmless(c.Words), c.Changes, respond.Harmless(c.Because)})
		}
	}
	out.Flush()
}

func (m matrix) columns() []ui.Column {
	columns := []ui.Column{{Key: "app", Label: "App"}}
	for _, d := range m.Live {
		columns = append(columns, ui.Column{Key: "to-" + d.ID, Label: d.Name})
	}
	return append(columns, ui.Column{Key: "size", Label: "Size", Numeric: true}, ui.Column{Key: "sends", Label: "To be sent", Numeric: true})
}

func (m matrix) title() string {
	if m.Form.Name == "" {
		return "Apps and deployments"
	}
	return "Apps and deployments by " + m.Form.Name
}

// span says which rows stand on the page.
func (m matrix) span() string {
	if m.Total == 0 {
		return "No app"
	}
	first := m.Page*matrixPage + 1
	return ui.Number(first) + " to " + ui.Number(first+len(m.Rows)-1) + " of " + ui.Plural(m.Total, "app", "apps")
}

func (m matrix) deployments() []ui.Option {
	options := []ui.Option{{Value: "", Label: "All deployments"}}
	for _, d := range m.All {
		options = append(options, ui.Option{Value: d.ID, Label: d.Name})
	}
	return options
}
