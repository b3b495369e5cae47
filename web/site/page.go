package site

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/web/origin"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/ui"
)

// page is all that stands on the page.
type page struct {
	Form     form
	Stored   site.Connection
	Picture  site.Picture
	Question *loss // what Apply has to know first
	Test     *ui.ConnectionTest
	History  []account.Record
	Now      time.Time
}

func (s *Screen) load(ctx context.Context, f form, stored site.Connection) (p page, err error) {
	p = page{Form: f, Stored: stored, Picture: s.Connector.Picture(), Now: s.Now()}
	p.History, err = s.Store.History(ctx, "site", "site")
	return p, err
}

// answer writes the page; change may add to it.
func (s *Screen) answer(w http.ResponseWriter, r *http.Request, status int, f form, stored site.Connection, change func(*page)) {
	p, err := s.load(r.Context(), f, stored)
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	change(&p)
	respond.Page(w, r, status, sitePage(p))
}

func layout() ui.Page {
	return ui.Page{Title: "Site", Section: "/site", Paper: true, Live: true, Styles: []string{"css/site.css"}}
}

// locked says whether nothing can be entered: readers only read, and a connection from elsewhere is changed there.
func (p page) locked(ctx context.Context) bool { return p.Stored.Fixed || !mayChange(ctx) }

func (p page) version() string { return strconv.FormatInt(p.Form.Version, 10) }

func (p page) repository() bool { return p.Stored.Kind == site.Repository }

// attentions are the boxes on top.
func (p page) attentions() []origin.Attention { return origin.Attentions(p.Stored, p.Picture, p.Now) }

func boxOf(a origin.Attention, acts bool) ui.MessageBox {
	box := ui.MessageBox{Kind: ui.Warn, Body: said(a)}
	if acts {
		box.Action = a.Act
	}
	if a.State == "failed" {
		box.Kind = ui.Bad
	}
	return box
}

func (p page) bar(ctx context.Context) ui.ActionBar {
	rights := ui.Button{Label: "Least rights", Href: "/site/rights"}
	look := ui.Button{Label: "Look now", Post: "/site/look"}
	test := ui.Button{Label: "Test connection", Form: "site", Action: "/site/test", NoCheck: true, Attrs: ui.Attributes{
		"hx-post": "/site/test", "hx-encoding": "multipart/form-data", "hx-include": "#site", "hx-target": "#test", "hx-swap": "innerHTML show:#test:bottom", "hx-sync": "this:drop", "hx-indicator": ".test-wait",
	}}
	cancel := ui.Button{Label: "Cancel", Href: "/site"}
	bar := ui.ActionBar{Left: []ui.Button{{Label: "Apply", Kind: ui.Primary, Form: "site"}, cancel}, Right: []ui.Button{rights, test}}
	switch {
	case p.Question != nil:
		bar.Left, bar.Note = []ui.Button{cancel}, "Answer the question above; nothing is saved yet"
	case p.Stored.Fixed:
		bar.Left, bar.Note = nil, "Configured elsewhere"
	}
	if p.repository() {
		bar.Right = []ui.Button{rights, origin.MoveIn(), look, test}
	}
	return bar
}
