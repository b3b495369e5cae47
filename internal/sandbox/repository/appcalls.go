package repository

import (
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

// appRoutes are the calls that only apps have (section 3).
func (s *Server) appRoutes(r chi.Router) {
	r.Route("/object", s.objectRoutes)
	r.Get("/hublist", appKind.list(s, appKind.brief))
	r.Get("/hublist/full", appKind.list(s, appKind.full))
	r.Post("/upload", s.api(s.postUpload))
	r.Post("/upload/replace", s.api(s.postUploadReplace))
	r.Get("/{id}/hubinfo", appKind.one(s))
	r.Put("/{id}/publish", s.appAct(http.StatusOK, func(a *act, id string, q map[string]string) (state.Stored, error) {
		return a.publish(id, q["stream"], q["name"])
	}))
	r.Put("/{id}/replace", s.appAct(http.StatusOK, func(a *act, id string, q map[string]string) (state.Stored, error) {
		return a.replaceApp(id, q["app"])
	}))
	r.Post("/{id}/copy", s.appAct(http.StatusCreated, func(a *act, id string, q map[string]string) (state.Stored, error) {
		return a.copyApp(id, q["name"], strings.EqualFold(q["includecustomproperties"], "true"))
	}))
	r.Post("/{id}/reload", s.api(s.postReload))
	r.Post("/{id}/export/{token}", s.api(s.postExport))
	r.Delete("/{id}/export/{token}", s.api(s.deleteExport))
	appKind.routes(s, r)
}

// appAct does something with an app that the caller sees, by the parameters alone: a body is ignored.
func (s *Server) appAct(status int, do func(a *act, id string, q map[string]string) (state.Stored, error)) http.HandlerFunc {
	return s.api(func(w http.ResponseWriter, r *http.Request) error {
		app, err := appKind.find(s, r)
		if err != nil {
			return err
		}
		err = s.act(callerOf(r), func(a *act) (err error) {
			app, err = do(a, app.ID, query(r))
			return err
		})
		if err != nil {
			return err
		}
		writeJSON(w, status, app.App)
		return nil
	})
}

// postUpload is POST /qrs/app/upload?name=: 201. The body is the file, or a form with it. The parameter replace of old releases is
// refused, as it is seen (section 1.4).
func (s *Server) postUpload(w http.ResponseWriter, r *http.Request) error {
	if _, old := query(r)["replace"]; old {
		return fault.New(fault.Invalid, "The parameter replace is not supported any more: use /qrs/app/upload/replace.")
	}
	return s.uploaded(w, r, func(a *act, got received) (state.Stored, error) { return a.upload(got, query(r)["name"]) })
}

// postUploadReplace is POST /qrs/app/upload/replace?targetappid=.
func (s *Server) postUploadReplace(w http.ResponseWriter, r *http.Request) error {
	return s.uploaded(w, r, func(a *act, got received) (state.Stored, error) { return a.replaceBy(got, query(r)["targetappid"]) })
}

func (s *Server) uploaded(w http.ResponseWriter, r *http.Request, do func(*act, received) (state.Stored, error)) error {
	body, err := fileOf(r)
	if err != nil {
		return err
	}
	got, err := s.receive(body)
	defer s.discard(got)
	if err != nil {
		return err
	}
	var app state.Stored
	err = s.act(callerOf(r), func(a *act) error {
		if a.who.user.ID == "" {
			return errForbidden
		}
		app, err = do(a, got)
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, app.App)
	return nil
}

// uploadFrom makes an app of a file in the name of the hub, and gives its id.
func (s *Server) uploadFrom(file io.Reader, name string) (string, error) {
	got, err := s.receive(file)
	defer s.discard(got)
	if err != nil {
		return "", err
	}
	who, err := s.hubCaller()
	if err != nil {
		return "", err
	}
	var app state.Stored
	err = s.act(who, func(a *act) error {
		app, err = a.upload(got, name)
		return err
	})
	return app.ID, err
}

// fileOf gives the file in a body: the first file of a form, or the body itself.
func fileOf(r *http.Request) (io.Reader, error) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "multipart/form-data" {
		return r.Body, nil
	}
	form, err := r.MultipartReader()
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "The form cannot be read.")
	}
	for {
		part, err := form.NextPart()
		if err != nil {
			return nil, fault.Wrap(err, fault.Invalid, "The form has no file.")
		}
		if part.FileName() != "" {
			return part, nil
		}
	}
}
