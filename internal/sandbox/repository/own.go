package repository

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/repository/faults"
	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

// ownRoutes are the sandbox's own calls: what its pages do, for tests and scripts with the administrator's key.
func (s *Server) ownRoutes(r chi.Router) {
	r.Use(s.keyHolder)
	r.NotFound(notFound)
	r.Get("/apps", appKind.list(s, func(a state.Stored) any { return a }))
	r.Post("/apps", s.api(s.postUpload))
	r.Get("/apps/{id}/content", s.api(s.getContent))
	r.Post("/apps/{id}/{verb}", s.api(s.postVerb))
	r.Get("/apps/{id}/sheets", s.api(s.getSheets))
	r.Get("/rules", ruleKind.list(s, ruleKind.full))
	r.Post("/rules/{id}/{verb}", s.api(s.postRuleVerb))
	r.Post("/fill", s.api(s.postFill))
	r.Post("/restart", s.api(s.postRestart))
	r.Get("/happened", s.api(s.getHappened))
	r.Get("/subscriptions", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]int{"count": s.told.count()})
	})
	r.Get("/faults", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]any{"data": s.faults.All()})
	})
	r.Post("/faults", s.api(s.postFault))
	r.Delete("/faults", func(w http.ResponseWriter, _ *http.Request) { s.stopFaults(); w.WriteHeader(http.StatusNoContent) })
	r.Delete("/faults/{id}", s.api(s.deleteFault))
}

func (s *Server) keyHolder(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !s.isAdminKey(key) {
			writeText(w, http.StatusUnauthorized, "The call has no Authorization: Bearer with the administrator's key.")
			return
		}
		s.as("INTERNAL", "sa_api", w, r, next)
	})
}

// getContent gives the bytes of an app: the stored ones, or with exportScope those that an export gives.
func (s *Server) getContent(w http.ResponseWriter, r *http.Request) error {
	scope, asked := query(r)["exportscope"]
	if _, known := scopes[strings.ToLower(scope)]; !known {
		return fault.New(fault.Invalid, "There is no exportScope %q.", scope)
	}
	app, end, err := s.forExport(chi.URLParam(r, "id"), scope)
	if err != nil {
		return err
	}
	file, err := s.contents.OpenApp(app.SHA256)
	if err != nil {
		return err
	}
	defer file.Close()
	w.Header().Set("Content-Type", "application/octet-stream")
	if asked && end != nil {
		_, err = io.Copy(w, io.MultiReader(file, bytes.NewReader(end)))
		return err
	}
	http.ServeContent(w, r, "", time.Time{}, file)
	return nil
}

// getSheets lists the sheets of an app in full.
func (s *Server) getSheets(w http.ResponseWriter, r *http.Request) error {
	var all []state.Object
	err := s.db.Read(func(tx *state.Tx) error {
		app, err := appKind.get(tx, chi.URLParam(r, "id"))
		if err == nil {
			all, err = sheets(tx, app.ID)
		}
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, orEmpty(all))
	return nil
}

// postVerb does with an app what the hub does: 204. The body has the values of the form; a list where there are several.
func (s *Server) postVerb(w http.ResponseWriter, r *http.Request) error {
	var body map[string]any
	if r.ContentLength != 0 {
		if err := readJSON(w, r, &body); err != nil {
			return err
		}
	}
	v := url.Values{}
	for name, value := range body {
		list, is := value.([]any)
		if !is {
			list = []any{value}
		}
		for _, one := range list {
			v.Add(name, fmt.Sprint(one))
		}
	}
	if err := s.inHub(chi.URLParam(r, "verb"), chi.URLParam(r, "id"), v); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// postRestart is a restart with so many seconds of boot phase: 204.
func (s *Server) postRestart(w http.ResponseWriter, r *http.Request) error {
	var body struct{ Seconds float64 }
	if r.ContentLength != 0 {
		if err := readJSON(w, r, &body); err != nil {
			return err
		}
	}
	if err := s.restart(body.Seconds); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// postFill is {"apps": n}: 200 and how many apps there are that were generated.
func (s *Server) postFill(w http.ResponseWriter, r *http.Request) error {
	var body struct{ Apps int }
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	n, err := s.Fill(r.Context(), body.Apps)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]int{"apps": n})
	return nil
}

func (s *Server) restart(boot float64) error {
	if !(boot >= 0 && boot <= 3600) {
		return fault.New(fault.Invalid, "A boot phase has 0 to 3600 seconds.")
	}
	if boot > 0 {
		if _, err := s.addFault(faults.Fault{Kind: faults.Boot, ForSeconds: boot}); err != nil {
			return err
		}
	}
	s.Restart()
	return nil
}

func (s *Server) postFault(w http.ResponseWriter, r *http.Request) error {
	var asked faults.Fault
	if err := readJSON(w, r, &asked); err != nil {
		return err
	}
	shown, err := s.addFault(asked)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, shown)
	return nil
}

func (s *Server) addFault(asked faults.Fault) (faults.Shown, error) {
	shown, err := s.faults.Add(asked)
	if err == nil {
		s.history.note(happening{What: happenedFault, Did: "started", ID: shown.ID, Name: string(asked.Kind), Detail: asked.User})
	}
	return shown, err
}

func (s *Server) stopFaultOf(id string) error {
	err := s.faults.Stop(id)
	if err == nil {
		s.history.note(happening{What: happenedFault, Did: "stopped", ID: id})
	}
	return err
}

func (s *Server) stopFaults() {
	s.faults.StopAll()
	s.history.note(happening{What: happenedFault, Did: "all stopped"})
}

func (s *Server) deleteFault(w http.ResponseWriter, r *http.Request) error {
	if err := s.stopFaultOf(chi.URLParam(r, "id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
