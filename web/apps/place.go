package apps

import (
	"context"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/origin"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/ui"
)

// placing puts an app into a stream.
type placing struct {
	path  string
	right origin.Right
	verb  string // the button
	done  string // the notice: "Published to"
	do    func(ctx context.Context, s Store, id, streamID string) error
	act   func(ctx context.Context, s Acting, shown site.App, to site.Stream) error // the same on a site that is no library of ours
}

var (
	publishing = placing{"publish", origin.Publish, "Publish", "Published to", func(ctx context.Context, s Store, id, streamID string) error {
		return s.PublishApp(ctx, id, streamID, "")
	}, func(ctx context.Context, s Acting, shown site.App, to site.Stream) error {
		return s.Publish(ctx, shown, to)
	}}
	moving = placing{"move", origin.Move, "Move", "Moved to", func(ctx context.Context, s Store, id, streamID string) error {
		return s.MoveApp(ctx, id, streamID)
	}, func(ctx context.Context, s Acting, shown site.App, to site.Stream) error {
		return s.Move(ctx, shown, to)
	}}
)

func (p placing) title(app site.App) string { return p.verb + " \"" + app.Name + "\"" }

// place is the form that chooses the stream.
type place struct {
	placing

	view   view
	chosen string // id of the stream
	fault  string
	shown  string // the app as the form shows it, where the site keeps it
	no     refusal
}

func (v view) placing(p placing) place { return place{placing: p, view: v, shown: shownText(v.app)} }

func (s *Screen) askPlace(p placing) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := s.view(r.Context(), chi.URLParam(r, "id"))
		if err != nil {
			respond.Fault(w, r, err)
			return
		}
		respond.Page(w, r, http.StatusOK, placePage(v.placing(p)))
	}
}

func (s *Screen) place(p placing) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := respond.Form(w, r); err != nil {
			respond.Fault(w, r, err)
			return
		}
		v, err := s.view(r.Context(), chi.URLParam(r, "id"))
		if err != nil {
			respond.Fault(w, r, err)
			return
		}
		c := v.placing(p)
		c.chosen = r.PostForm.Get("stream")
		s.carryOut(w, r, c)
	}
}

func (s *Screen) carryOut(w http.ResponseWriter, r *http.Request, c place) {
	stream, ok := c.stream()
	if !ok {
		c.fault = c.noStream()
		respond.Page(w, r, http.StatusUnprocessableEntity, placePage(c))
		return
	}
	err := s.put(r, c, stream.Stream)
	no, mine := refusalOf(err)
	switch {
	case err == nil:
		s.done(w, r, c.view.app.ID, c.done+" "+stream.Name+".")
	case mine:
		c.refuse(no)
		respond.Page(w, r, no.status, placePage(c))
	default:
		respond.Fault(w, r, err)
	}
}

func (s *Screen) put(r *http.Request, c place, to site.Stream) error {
	if !c.view.acts {
		return c.do(r.Context(), s.Store, c.view.app.ID, to.ID)
	}
	shown, err := shownIn(r.PostForm, c.view.app)
	if err != nil {
		return err
	}
	return c.act(r.Context(), s.Site, shown, to)
}

// refuse keeps the choice, and shows what stands against it.
func (c *place) refuse(no refusal) {
	c.no, c.fault, c.shown = no, no.text, no.shown(c.view.app)
	if no.stale != nil {
		c.view.app = no.stale.Now
	}
}

// predict answers the choice of a stream with what would become of the app there.
func (s *Screen) predict(w http.ResponseWriter, r *http.Request) {
	v, err := s.view(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	c := place{view: v, chosen: r.URL.Query().Get("stream")}
	respond.Page(w, r, http.StatusOK, predicted(c))
}

// streams are the ones to choose from: not the one that the app is in.
func (c place) streams() []store.StreamRow {
	var list []store.StreamRow
	for _, st := range c.view.streams {
		if !c.view.app.Published() || st.ID != c.view.app.Stream.ID {
			list = append(list, st)
		}
	}
	return list
}

func (c place) stream() (store.StreamRow, bool) {
	for _, st := range c.streams() {
		if st.ID == c.chosen {
			return st, true
		}
	}
	return store.StreamRow{}, false
}

// noStream says what is wrong with a choice that is none; the app is there already when the form was sent twice.
func (c place) noStream() string {
	if app := c.view.app; app.Published() && c.chosen == app.Stream.ID {
		return "The app is in " + app.Stream.Name + " already."
	}
	return "Choose a stream."
}

func (c place) prediction(st store.StreamRow) prediction {
	return c.view.forecast.in(c.view.app, st.Stream, c.view.rows)
}

// field asks for the stream; with scripts, a choice is answered at once.
func (c place) field() ui.Field {
	options := []ui.Option{{Value: "", Label: "Choose a stream"}}
	for _, st := range c.streams() {
		options = append(options, ui.Option{Value: st.ID, Label: st.Name})
	}
	return ui.Field{
		Name: "stream", Label: "Stream", Type: "select", Value: c.chosen, Required: true, Error: c.fault, Options: options,
		Attrs: ui.Attributes{"hx-get": path(c.view.app.ID) + "/prediction", "hx-target": "#prediction", "hx-trigger": "change"},
	}
}

// refused heads the summary of a refused form.
func (c place) refused() string {
	if c.no.stale != nil {
		return "Nothing was done. " + staleWords
	}
	return "Nothing was done."
}

// problems are the summary of a refused form.
func (c place) problems() []ui.FieldError {
	if c.no.stale != nil {
		return c.no.list("stream")
	}
	return ui.ErrorsOf(c.field())
}

// unknown says what nobody has published about this act.
func (c place) unknown() string {
	if !c.view.acts || c.path != moving.path {
		return ""
	}
	return "Whether a repository moves a published app this way is unknown: Qlik has not published it. If yours does not, the console says so, and the app stays where it is."
}

// noOther stands in place of streams to choose from.
func (c place) noOther() ui.MessageBox {
	if !c.view.rights.Define {
		return ui.MessageBox{Kind: ui.Warn, Bold: "There is no other stream.", Text: "Streams come from the site; make one there, in the QMC."}
	}
	return ui.MessageBox{Kind: ui.Warn, Bold: "There is no other stream.", Text: "Make one first.", Action: &ui.Button{Label: "New stream", Href: "/streams/new"}}
}
