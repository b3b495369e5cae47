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

const (
	collectionsPath  = "/collections"
	collectionsShown = 1000
)

func (s *Server) collectionPages(r chi.Router) {
	r.Get("/", s.page(func(w http.ResponseWriter, r *http.Request) error { return s.showCollections(w, r, http.StatusOK, nil) }))
	r.Get("/new", s.page(func(w http.ResponseWriter, r *http.Request) error {
		return showForm(w, r, s.showCollections, collectionForm("", collectionPublic))
	}))
	r.Post("/new", s.page(s.createCollection))
	r.Get("/{id}/delete", s.page(s.askDeleteCollection))
	r.Post("/{id}/delete", s.page(s.confirmDeleteCollection))
}

func (s *Server) showCollections(w http.ResponseWriter, r *http.Request, status int, window templ.Component) error {
	var list []pages.Collection
	err := s.db.Read(func(tx *state.Tx) error {
		return state.Collections.Visit(tx, state.ByName, state.Part{}, func(_ string, c state.Collection) (bool, error) {
			list = append(list, pages.Collection{ID: c.ID, Name: c.Name, Type: c.Type, Created: c.Created,
				Items: state.Memberships.CountIn(tx, state.ByCollection, c.ID+"\x00")})
			return len(list) < collectionsShown, nil
		})
	})
	if err != nil {
		return err
	}
	frame := s.frame(r, "Collections", "Sets of apps. Those of type public are the tags that everybody sees.", collectionsPath)
	frame.Create = collectionsPath + "/new"
	return s.render(w, r, status, pages.Collections(frame, list, window))
}

func collectionForm(name, kind string) pages.Form {
	return pages.Form{Title: "Create collection", Action: collectionsPath + "/new", Cancel: collectionsPath, Button: "Create",
		Fields: []pages.Field{
			{Name: "name", Label: "Name", Value: name, First: true},
			{Name: "type", Label: "Type", Kind: pages.Select, Value: kind, Options: []string{collectionPublic, collectionGoverned, collectionPrivate}},
		}}
}

func (s *Server) createCollection(w http.ResponseWriter, r *http.Request) error {
	name, kind := r.PostForm.Get("name"), r.PostForm.Get("type")
	made := s.newCollection(s.pageCaller(r), name, kind, "")
	if err := s.db.Write(func(tx *state.Tx) error { return storeCollection(tx, made) }); err != nil {
		return refuseForm(w, r, s.showCollections, collectionForm(name, kind), err)
	}
	return s.done(w, r, collectionsPath, pages.Notice{Text: "Collection created."})
}

// collectionShown finds a collection for the pages, which show all.
func collectionShown(tx *state.Tx, id string) (state.Collection, error) {
	found, there, err := state.Collections.Get(tx, id)
	if err == nil && !there {
		err = fault.New(fault.NotFound, "There is no collection %q.", id)
	}
	return found, err
}

func (s *Server) askDeleteCollection(w http.ResponseWriter, r *http.Request) error {
	var found state.Collection
	err := s.db.Read(func(tx *state.Tx) (err error) {
		found, err = collectionShown(tx, chi.URLParam(r, "id"))
		return err
	})
	if err != nil {
		return err
	}
	return s.showCollections(w, r, http.StatusOK, pages.QuestionWindow(pages.Question{Title: fmt.Sprintf("Delete collection %q?", found.Name),
		Sentences: []string{"The apps in it stay and lose only this mark."}, Action: collectionsPath + "/" + found.ID + "/delete", Cancel: collectionsPath}))
}

func (s *Server) confirmDeleteCollection(w http.ResponseWriter, r *http.Request) error {
	err := s.db.Write(func(tx *state.Tx) error {
		found, err := collectionShown(tx, chi.URLParam(r, "id"))
		if err != nil {
			return err
		}
		return dropCollection(tx, found.ID)
	})
	if err != nil {
		return err
	}
	return s.done(w, r, collectionsPath, pages.Notice{Text: "Collection deleted."})
}
