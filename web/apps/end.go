package apps

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/web/origin"
	"github.com/skyferry/skyferry/web/respond"
)

// ending is an act that ends distribution of an app; a page of its own asks first.
type ending struct {
	path  string
	right origin.Right
	verb  string
	first string // what happens on the site
	do    func(s *Screen, r *http.Request, id string) error
	done  string // the notice begins so
	lands func(id string) string
}

var (
	unpublishing = ending{
		"unpublish", origin.Unpublish, "Unpublish", "It leaves its stream and is no longer distributed. The app itself and its data stay on the site.",
		func(s *Screen, r *http.Request, id string) error { return s.Store.UnpublishApp(r.Context(), id) }, "Unpublished", path,
	}
	deleting = ending{
		"delete", origin.Delete, "Delete", "The app and its file are removed from the site. This cannot be undone.",
		func(s *Screen, r *http.Request, id string) error { return s.Library.Delete(r.Context(), id) }, "Deleted", func(string) string { return "/apps" },
	}
)

func (s *Screen) askEnd(e ending) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := s.view(r.Context(), chi.URLParam(r, "id"))
		if err != nil {
			respond.Fault(w, r, err)
			return
		}
		respond.Page(w, r, http.StatusOK, endPage(e, v, ""))
	}
}

func (s *Screen) end(e ending) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := s.view(r.Context(), chi.URLParam(r, "id"))
		if err == nil {
			err = e.do(s, r, v.app.ID)
		}
		switch {
		case err == nil:
			respond.Done(w, r, s.Notices, e.lands(v.app.ID), sentences(e.done+" "+v.app.Name, stays(copiesOf(v.rows))))
		case fault.Is(err, fault.Conflict):
			respond.Page(w, r, http.StatusUnprocessableEntity, endPage(e, v, fault.Of(err).Text))
		default:
			respond.Fault(w, r, err)
		}
	}
}
