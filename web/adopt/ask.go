package adopt

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/adopt"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/ui"
)

// maxPlan bounds the form that confirms choices: all lines of the largest table.
const maxPlan = 4 << 20

// shownChoices is how many choices of a kind the question lists by name.
const shownChoices = 50

// question is what Apply asks before it links anything.
type question struct {
	deployment deployment.Deployment
	good       []decided
	bad        []refusal
	fault      string // what is wrong with the name that was typed
	refused    string // why nothing was done; empty: nobody has confirmed yet
}

// decided is a choice with the app and the copy that it is about.
type decided struct {
	adopt.Choice

	app  site.App
	copy adopt.Copy
}

// refusal is a choice that cannot be done.
type refusal struct {
	What string // line 3, or the app's name
	Why  string
}

// ask shows what the choices of the page's rows mean.
func (s *Screen) ask(w http.ResponseWriter, r *http.Request) {
	v, err := s.read(w, r)
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	var choices []adopt.Choice
	for name, values := range r.PostForm {
		app, ours := strings.CutPrefix(name, "choice:")
		if ours && (values[0] == "link" || values[0] == "mark") {
			choices = append(choices, adopt.Choice{AppID: app, RemoteID: r.PostForm.Get("copy:" + app), Mark: values[0] == "mark"})
		}
	}
	if len(choices) == 0 {
		respond.Done(w, r, s.Notices, back(v.deployment, r.PostForm.Get("back")), "Nothing was chosen. Choose Link or Leave and mark for an app first.")
		return
	}
	s.answer(w, r, http.StatusOK, v.question(choices))
}

// read loads the page for a form and waits for a reading that is under way.
func (s *Screen) read(w http.ResponseWriter, r *http.Request) (v view, err error) {
	if v, err = s.load(r.Context(), chi.URLParam(r, "id"), applyPatience); err != nil {
		return v, err
	}
	if err = form(w, r); err != nil {
		return v, err
	}
	if err = v.ready(); err != nil {
		return v, err
	}
	return v, s.match(r.Context(), &v)
}

// form parses a form that may hold the choices of a whole table.
func form(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxPlan)
	if err := r.ParseForm(); err != nil {
		return fault.Wrap(err, fault.Invalid, "The form could not be read: it is broken, or larger than %d bytes. Choose fewer apps at once.", maxPlan)
	}
	return nil
}

// back keeps the filter of the page that the form stood on.
func back(d deployment.Deployment, query string) string {
	values, err := url.ParseQuery(strings.TrimPrefix(query, "?"))
	if err != nil || len(values) == 0 {
		return path(d)
	}
	return path(d) + "?" + values.Encode()
}

// upload takes a table and shows what it means.
func (s *Screen) upload(w http.ResponseWriter, r *http.Request) {
	v, err := s.load(r.Context(), chi.URLParam(r, "id"), applyPatience)
	if err == nil {
		err = v.ready()
	}
	if err == nil {
		err = s.match(r.Context(), &v)
	}
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	choices, bad, err := tableOf(w, r)
	if err != nil {
		v.choose(url.Values{})
		v.uploadFault = fault.Of(err).Text
		respond.Page(w, r, http.StatusUnprocessableEntity, tablePage(v))
		return
	}
	q := v.question(choices)
	for _, line := range bad {
		q.bad = append(q.bad, refusal{fmt.Sprintf("Line %d", line.Line), line.Why})
	}
	s.answer(w, r, http.StatusOK, q)
}

// tableOf reads the choices of the table that came with the form.
func tableOf(w http.ResponseWriter, r *http.Request) ([]adopt.Choice, []adopt.BadLine, error) {
	raw, err := fileOf(w, r)
	if err != nil {
		return nil, nil, err
	}
	choices, bad, err := adopt.Parse(raw)
	switch {
	case err != nil:
		return nil, nil, fault.Wrap(err, fault.Invalid, "%s.", ui.Capital(err.Error()))
	case len(choices)+len(bad) == 0:
		return nil, nil, fault.New(fault.Invalid, "No line of the table has an action. Write link or leave and mark into the last column.")
	}
	return choices, bad, nil
}

// fileOf reads the file of the form, its only part.
func fileOf(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	r.Body = http.MaxBytesReader(w, r.Body, adopt.MaxTable+4096)
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "No file came with the form. Choose a CSV file.")
	}
	part, err := parts.NextPart()
	if err != nil || part.FileName() == "" {
		return nil, fault.New(fault.Invalid, "No file came with the form. Choose a CSV file.")
	}
	raw, err := io.ReadAll(io.LimitReader(part, adopt.MaxTable+1))
	switch {
	case len(raw) > adopt.MaxTable:
		return nil, fault.New(fault.Invalid, "The file is larger than %s. Take out the lines without an action.", ui.Bytes(adopt.MaxTable))
	case err != nil:
		return nil, fault.Wrap(err, fault.Invalid, "The file did not arrive wholly. Send it again.")
	}
	return raw, nil
}

// question holds choices against what is known of site and tenant.
func (v view) question(choices []adopt.Choice) question {
	q := question{deployment: v.deployment}
	rows, copies := map[string]adopt.Row{}, map[string]adopt.Copy{}
	for _, row := range v.rows {
		rows[row.App.ID] = row
	}
	for _, c := range v.reading.Copies {
		copies[c.ID] = c
	}
	taken := map[string]string{}
	for _, c := range choices {
		row, published := rows[c.AppID]
		found, there := copies[c.RemoteID]
		if why := standsAgainst(c, row, published, there, taken[c.RemoteID]); why != "" {
			q.refuse(c, row.App, why)
			continue
		}
		taken[c.RemoteID] = row.App.Name
		q.good = append(q.good, decided{c, row.App, found})
	}
	slices.SortStableFunc(q.good, func(a, b decided) int {
		return strings.Compare(strings.ToLower(a.app.Name), strings.ToLower(b.app.Name))
	})
	return q
}

// standsAgainst says why a choice cannot be done, as far as is known without asking the database.
func standsAgainst(c adopt.Choice, row adopt.Row, published, there bool, taken string) string {
	p := row.Placement
	switch {
	case !published:
		return "No published app of the site has the id " + c.AppID + "."
	case c.RemoteID == "":
		return "Several apps in the tenant fit. Say which one is meant."
	case !there:
		return "The app " + c.RemoteID + " is not in the tenant (any more)."
	case taken != "":
		return "The tenant app " + c.RemoteID + " is chosen for " + taken + " already."
	case p != nil && row.State == adopt.Linked && c.Mark && p.RemoteID == c.RemoteID:
		return ""
	case p != nil:
		return "It is " + string(row.State) + ": the tenant app " + p.RemoteID + " stands for it."
	}
	return ""
}

func (q *question) refuse(c adopt.Choice, app site.App, why string) {
	what := app.Name
	switch {
	case c.Line > 0:
		what = fmt.Sprintf("Line %d", c.Line)
	case what == "":
		what = c.AppID
	}
	q.bad = append(q.bad, refusal{what, why})
}

func (s *Screen) answer(w http.ResponseWriter, r *http.Request, status int, q question) {
	if len(q.good) == 0 && q.refused == "" {
		q.refused = "Nothing can be linked or marked."
		status = http.StatusUnprocessableEntity
	}
	respond.Page(w, r, status, questionPage(q))
}

// plan is the choices as the question's form carries them: a line for each.
func (q question) plan() string {
	var b strings.Builder
	for _, g := range q.good {
		action := "link"
		if g.Mark {
			action = "mark"
		}
		fmt.Fprintf(&b, "%s %s %s\n", action, g.AppID, g.RemoteID)
	}
	return b.String()
}

func planOf(text string) (choices []adopt.Choice) {
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		parts := strings.Fields(lines.Text())
		if len(parts) == 3 && (parts[0] == "link" || parts[0] == "mark") {
			choices = append(choices, adopt.Choice{AppID: parts[1], RemoteID: parts[2], Mark: parts[0] == "mark"})
		}
	}
	return choices
}

// apply does what was confirmed, against the tenant as it is now: all of it, or nothing.
func (s *Screen) apply(w http.ResponseWriter, r *http.Request) {
	d, err := s.Store.Deployment(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	s.Reader.Again(d)
	v, err := s.read(w, r)
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	q := v.question(planOf(r.PostForm.Get("plan")))
	if typed := strings.TrimSpace(r.PostForm.Get("confirm")); q.typesName() && typed != d.Name {
		q.fault = "This is not the name. Type " + d.Name + "."
	}
	if len(q.bad) == 0 && q.fault == "" && len(q.good) > 0 {
		if err = s.adopt(r.Context(), v, &q); err != nil {
			respond.Fault(w, r, err)
			return
		}
	}
	if len(q.bad) > 0 || q.fault != "" || len(q.good) == 0 {
		q.refused = "Nothing was linked or marked."
		s.answer(w, r, http.StatusUnprocessableEntity, q)
		return
	}
	respond.Done(w, r, s.Notices, path(d), q.done())
}

// adopt writes the choices; those that are refused leave the question, each with its reason.
func (s *Screen) adopt(ctx context.Context, v view, q *question) error {
	var all []distribution.Adoption
	for _, g := range q.good {
		all = append(all, distribution.Adoption{
			AppID: g.AppID, Mark: g.Mark, RemoteID: g.copy.ID, RemoteName: g.copy.Name, SpaceID: g.copy.SpaceID, SpaceName: g.copy.SpaceName, Size: g.copy.Size,
		})
	}
	refusals, err := s.Store.Adopt(ctx, v.deployment.ID, v.reading.TenantID, all)
	for _, no := range refusals {
		at := slices.IndexFunc(q.good, func(g decided) bool { return g.AppID == no.AppID })
		q.refuse(q.good[at].Choice, q.good[at].app, no.Why)
		q.good = slices.Delete(q.good, at, at+1)
	}
	return err
}
