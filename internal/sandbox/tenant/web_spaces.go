package tenant

import (
	"fmt"
	"net/http"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/pages"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

const spacesPath = "/spaces"

func (s *Server) spacePages(r chi.Router) {
	r.Get("/", s.page(func(w http.ResponseWriter, r *http.Request) error { return s.showSpaces(w, r, http.StatusOK, nil) }))
	r.Get("/new", s.page(func(w http.ResponseWriter, r *http.Request) error {
		return showForm(w, r, s.showSpaces, spaceForm("", state.Managed))
	}))
	r.Post("/new", s.page(s.createSpace))
	s.memberPages(r)
	r.Get("/{id}/delete", s.page(s.askDeleteSpace))
	r.Post("/{id}/delete", s.page(s.confirmDeleteSpace))
}

func (s *Server) showSpaces(w http.ResponseWriter, r *http.Request, status int, window templ.Component) error {
	var rows []pages.Space
	err := s.db.Read(func(tx *state.Tx) error {
		all, err := state.Spaces.All(tx, nil)
		for _, space := range all {
			rows = append(rows, pages.Space{ID: space.ID, Name: space.Name, Type: space.Type, Created: space.Created,
				Apps:    state.Apps.CountIn(tx, state.BySpace, state.InSpace(space.ID)),
				Members: state.Assignments.CountIn(tx, state.BySpace, state.InSpace(space.ID))})
		}
		return err
	})
	if err != nil {
		return err
	}
	frame := s.frame(r, "Spaces", "Where apps lie: managed spaces take released and published apps, shared ones apps in work.", spacesPath)
	frame.Create = spacesPath + "/new"
	return s.render(w, r, status, pages.Spaces(frame, rows, window))
}

func spaceForm(name, kind string) pages.Form {
	return pages.Form{Title: "Create space", Action: spacesPath + "/new", Cancel: spacesPath, Button: "Create",
		Fields: []pages.Field{
			{Name: "name", Label: "Name", Value: name, First: true},
			{Name: "type", Label: "Type", Kind: pages.Select, Value: kind, Options: []string{state.Managed, state.Shared, state.Data}},
		}}
}

func (s *Server) createSpace(w http.ResponseWriter, r *http.Request) error {
	name, kind := r.PostForm.Get("name"), r.PostForm.Get("type")
	err := s.db.Write(func(tx *state.Tx) error {
		_, err := s.addSpace(tx, s.pageCaller(r), name, kind, "")
		return err
	})
	if err != nil {
		return refuseForm(w, r, s.showSpaces, spaceForm(name, kind), err)
	}
	return s.done(w, r, spacesPath, pages.Notice{Text: "Space created."})
}

func (s *Server) spaceQuestion(id string) (pages.Question, error) {
	var space state.Space
	err := s.db.Read(func(tx *state.Tx) (err error) {
		space, err = oneSpace(tx, id)
		return err
	})
	return pages.Question{Title: fmt.Sprintf("Delete space %q?", space.Name),
		Sentences: []string{"Only an empty space can be deleted. No app is deleted with it."},
		Action:    spacesPath + "/" + id + "/delete", Cancel: spacesPath}, err
}

func (s *Server) askDeleteSpace(w http.ResponseWriter, r *http.Request) error {
	question, err := s.spaceQuestion(chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	return s.showSpaces(w, r, http.StatusOK, pages.QuestionWindow(question))
}

func (s *Server) confirmDeleteSpace(w http.ResponseWriter, r *http.Request) error {
	id := chi.URLParam(r, "id")
	err := s.deleteSpace(s.pageCaller(r), id)
	if fault.Is(err, fault.Invalid) { // not empty
		question, askErr := s.spaceQuestion(id)
		if askErr != nil {
			return askErr
		}
		return refuseQuestion(w, r, s.showSpaces, question, err)
	}
	if err != nil {
		return err
	}
	return s.done(w, r, spacesPath, pages.Notice{Text: "Space deleted."})
}
