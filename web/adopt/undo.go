package adopt

import (
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/ui"
)

// undoing is the question before a link or a mark is taken back.
type undoing struct {
	deployment deployment.Deployment
	placement  distribution.Placement
	fault      string // what is wrong with the name that was typed
}

func (s *Screen) undoing(r *http.Request) (u undoing, err error) {
	if u.deployment, err = s.Store.Deployment(r.Context(), chi.URLParam(r, "id")); err != nil {
		return u, err
	}
	placed, err := s.Store.PlacementsIn(r.Context(), u.deployment.TenantID)
	if err != nil {
		return u, err
	}
	at := slices.IndexFunc(placed, func(p distribution.Placement) bool { return p.AppID == chi.URLParam(r, "app") })
	if at < 0 || !placed[at].Marked && !placed[at].Untouched() {
		return u, fault.New(fault.Conflict, "Nothing can be undone here: the app is not linked or marked, or something was sent to it since, so that it is an ordinary placement.")
	}
	u.placement = placed[at]
	return u, nil
}

func (s *Screen) askUndo(w http.ResponseWriter, r *http.Request) {
	u, err := s.undoing(r)
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, undoPage(u))
}

// undo takes a link or a mark back. On Production it asks for the name.
func (s *Screen) undo(w http.ResponseWriter, r *http.Request) {
	u, err := s.undoing(r)
	if err == nil {
		err = respond.Form(w, r)
	}
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	if typed := strings.TrimSpace(r.PostForm.Get("confirm")); u.typesName() && typed != u.deployment.Name {
		u.fault = "This is not the name. Type " + u.deployment.Name + "."
		respond.Page(w, r, http.StatusUnprocessableEntity, undoPage(u))
		return
	}
	if err := s.Store.Disown(r.Context(), u.deployment.ID, u.placement.AppID); err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Done(w, r, s.Notices, path(u.deployment), u.done())
}

func (u undoing) verb() string {
	if u.placement.Marked {
		return "Undo the mark"
	}
	return "Unlink"
}

func (u undoing) title() string {
	if u.placement.Marked {
		return "Undo the mark of " + u.placement.AppName + " in " + u.deployment.Name + "?"
	}
	return "Unlink " + u.placement.AppName + " in " + u.deployment.Name + "?"
}

func (u undoing) done() string {
	if u.placement.Marked {
		return u.placement.AppName + " is not marked any more."
	}
	return u.placement.AppName + " is unlinked."
}

func (u undoing) typesName() bool { return u.deployment.Kind == deployment.Production }

func (u undoing) field() ui.Field {
	return ui.Field{Name: "confirm", Label: "Name of the deployment", Error: u.fault, Help: "It is a Production deployment: type " + u.deployment.Name + " to confirm.", Attrs: ui.Attributes{"autocomplete": "off"}}
}
