package apps

import (
	"net/http"
	"net/url"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/ui"
)

// listing is what the overview shows.
type listing struct {
	page    store.AppPage
	streams []store.StreamRow
	filter  store.AppFilter
	query   url.Values
	site    site.Connection
}

func (s *Screen) list(w http.ResponseWriter, r *http.Request) {
	l := listing{filter: filterOf(r.URL.Query()), query: r.URL.Query()}
	var err error
	if l.page, err = s.Store.Apps(r.Context(), l.filter); err != nil {
		respond.Fault(w, r, err)
		return
	}
	if l.streams, err = s.Store.Streams(r.Context()); err != nil {
		respond.Fault(w, r, err)
		return
	}
	if l.site, err = s.Store.SiteConnection(r.Context()); err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, listPage(l))
}

func filterOf(q url.Values) store.AppFilter {
	f := store.AppFilter{Search: q.Get("q"), Stream: q.Get("stream"), Sort: q.Get("sort"), Descending: q.Get("dir") == "desc", After: q.Get("after")}
	if published := q.Get("published"); published == "yes" || published == "no" {
		yes := published == "yes"
		f.Published = &yes
	}
	return f
}

func (l listing) filtered() bool {
	return l.filter.Search != "" || l.filter.Stream != "" || l.filter.Published != nil
}

func (l listing) filters() []*ui.Filter {
	var streams []ui.Option
	for _, s := range l.streams {
		streams = append(streams, ui.Option{Value: s.ID, Label: s.Name})
	}
	return []*ui.Filter{
		ui.FilterBy("Stream", "stream", l.query, streams),
		ui.FilterBy("Published", "published", l.query, []ui.Option{{Value: "yes", Label: "In a stream"}, {Value: "no", Label: "Not published"}}),
	}
}

func (l listing) table() ui.Table {
	by := l.filter.Sort
	if by == "" {
		by = "name"
	}
	return ui.Table{ID: "apps", Caption: "Apps", Columns: columns, Sort: ui.Sort{By: by, Descending: l.filter.Descending, Query: l.query}}
}

func (l listing) pager() ui.Pager {
	p := ui.Pager{Text: ui.Plural(l.page.Total, "app", "apps")}
	if l.filter.After != "" {
		p.First = ui.Query(l.query, "after", "")
	}
	if l.page.Next != "" {
		p.Next = ui.Query(l.query, "after", l.page.Next)
	}
	return p
}

// mostStates is how many deployments a cell names one by one; beyond it, states are counted.
const mostStates = 3

// stateLine is one line of the cell Distribution state.
type stateLine struct{ state, words string }

func stateLines(states []store.AppState) []stateLine {
	var lines []stateLine
	if len(states) <= mostStates {
		for _, s := range states {
			lines = append(lines, stateLine{string(s.State), s.Deployment.Name + ": " + string(s.State)})
		}
		return lines
	}
	var order []distribution.State
	counts := map[distribution.State]int{}
	for _, s := range states {
		if counts[s.State]++; counts[s.State] == 1 {
			order = append(order, s.State)
		}
	}
	for _, state := range order {
		lines = append(lines, stateLine{string(state), ui.Number(counts[state]) + " " + string(state)})
	}
	return lines
}
