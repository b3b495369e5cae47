package properties

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/web/respond"
)

func (s *Screen) create(w http.ResponseWriter, r *http.Request) {
	if err := respond.Form(w, r); err != nil {
		respond.Fault(w, r, err)
		return
	}
	f := blank().filled(r.PostForm)
	err := f.check()
	if err == nil {
		_, err = s.Store.CreateProperty(r.Context(), f.property())
	}
	s.answer(w, r, f, err, "Successfully added")
}

func (s *Screen) update(w http.ResponseWriter, r *http.Request) {
	if err := respond.Form(w, r); err != nil {
		respond.Fault(w, r, err)
		return
	}
	stored, err := s.stored(r)
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	f := stored.filled(r.PostForm)
	if err = f.check(); err == nil {
		err = respond.Fresh(f.Opened, stored.Opened)
	}
	if err == nil {
		err = s.Store.UpdateProperty(r.Context(), f.property())
	}
	s.answer(w, r, f, err, f.updated())
}

// answer leads back to the list, or shows the form again with what is wrong.
func (s *Screen) answer(w http.ResponseWriter, r *http.Request, f form, err error, notice string) {
	switch {
	case err == nil:
		respond.Done(w, r, s.Notices, "/properties", notice)
	case fault.Is(err, fault.Invalid), fault.Is(err, fault.Conflict):
		f.fail(err)
		respond.Page(w, r, http.StatusUnprocessableEntity, editPage(f))
	default:
		respond.Fault(w, r, err)
	}
}

func (s *Screen) askDelete(w http.ResponseWriter, r *http.Request) {
	f, err := s.stored(r)
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, deletePage(f))
}

func (s *Screen) delete(w http.ResponseWriter, r *http.Request) {
	f, err := s.stored(r)
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	if err := s.Store.DeleteProperty(r.Context(), chi.URLParam(r, "id")); err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Done(w, r, s.Notices, "/properties", "Deleted "+f.Stored.Name+". "+decidedAnew)
}
