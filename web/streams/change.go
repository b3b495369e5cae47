package streams

import (
	"net/http"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/web/respond"
)

// create makes a stream that belongs to the user.
func (s *Screen) create(w http.ResponseWriter, r *http.Request) {
	f, err := s.blank(r.Context())
	if err == nil {
		err = respond.Form(w, r)
	}
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	f = f.filled(r.PostForm)
	s.answer(w, r, f, s.add(r, f), "Successfully added")
}

func (s *Screen) add(r *http.Request, f form) error {
	st := f.stream()
	st.Owner = ownerOf(r.Context())
	_, err := s.Store.CreateStream(r.Context(), st)
	return err
}

func (s *Screen) update(w http.ResponseWriter, r *http.Request) {
	f, err := s.stored(r)
	if err == nil {
		err = respond.Form(w, r)
	}
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	now := f.Opened
	f = f.filled(r.PostForm)
	if err = respond.Fresh(f.Opened, now); err == nil {
		err = s.Store.UpdateStream(r.Context(), f.stream())
	}
	s.answer(w, r, f, err, f.updated())
}

// answer leads back to the list, or shows the form again with what is wrong.
func (s *Screen) answer(w http.ResponseWriter, r *http.Request, f form, err error, notice string) {
	switch {
	case err == nil:
		respond.Done(w, r, s.Notices, "/streams", notice)
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

// delete refuses while apps are in the stream; the page then says so.
func (s *Screen) delete(w http.ResponseWriter, r *http.Request) {
	f, err := s.stored(r)
	if err == nil {
		err = s.Store.DeleteStream(r.Context(), f.Stored.ID)
	}
	switch {
	case err == nil:
		respond.Done(w, r, s.Notices, "/streams", "Deleted "+f.Stored.Name+".")
	case fault.Is(err, fault.Conflict):
		f.fail(err)
		respond.Page(w, r, http.StatusUnprocessableEntity, deletePage(f))
	default:
		respond.Fault(w, r, err)
	}
}
