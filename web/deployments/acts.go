package deployments

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/respond"
)

// act is something done to a whole deployment. Each has a page that says in words what will happen, and a POST that does it.
type act struct {
	path   string
	verb   string // of the button, and of the title
	title  string // instead of the verb; empty: the verb
	words  func(c store.Consequences) (here, there, more string)
	do     func(ctx context.Context, s *Screen, d deployment.Deployment, reason string) error
	notice string                               // with the name
	reason bool                                 // asks for one
	danger bool                                 // cannot be undone: a red button
	name   bool                                 // asks for the name on Production
	inner  bool                                 // of no matter to the policies
	fits   func(d deployment.Deployment) string // why it cannot be done now, as a sentence; nil or empty: it can
}

var acts = []act{
	{path: "disable", verb: "Disable", words: disableWords, do: disable, notice: "%q is disabled. Nothing is sent there until it is enabled."},
	{path: "enable", verb: "Enable", words: enableWords, do: enable, notice: "%q is enabled. The published apps are decided anew."},
	{path: "pause", verb: "Pause", words: pauseWords, do: pause, notice: "%q is paused. Nothing is sent there until it is resumed.", reason: true},
	{path: "key", verb: "Make a new key", title: "Make a new key for", words: newKeyWords, do: newKey, name: true, inner: true, fits: takesNewKey,
		notice: "%q has a next key. Copy it into the tenant; until the tenant accepts it, the present key goes on."},
	{path: "drop-key", verb: "Drop the next key", title: "Drop the next key of", words: dropKeyWords, do: dropKey, inner: true, fits: hasNextKey,
		notice: "The next key of %q is dropped. The present one goes on."},
	{path: "resume", verb: "Resume", words: resumeWords, do: resume, notice: "%q is resumed. What waited goes on."},
	{path: "delete", verb: "Delete", words: deleteWords, do: remove, notice: "%q is deleted. Nothing was removed in the tenant.", danger: true, name: true},
}

// ask shows what will happen.
func (s *Screen) ask(a act) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, err := s.confirmation(r.Context(), a, idOf(r))
		if err == nil {
			err = onlyAdmins(r.Context())
		}
		if err == nil && a.unfit(c.Stored) != "" {
			err = fault.New(fault.Conflict, "%s", a.unfit(c.Stored))
		}
		if err != nil {
			respond.Fault(w, r, err)
			return
		}
		respond.Page(w, r, http.StatusOK, confirmPage(c))
	}
}

// do acts, when reason and name are given where they are asked for.
func (s *Screen) do(a act) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, err := s.confirmation(r.Context(), a, idOf(r))
		if err == nil {
			err = respond.Form(w, r)
		}
		if err != nil {
			respond.Fault(w, r, err)
			return
		}
		s.carryOut(w, r, c.answered(r.PostForm))
	}
}

func (s *Screen) carryOut(w http.ResponseWriter, r *http.Request, c confirmation) {
	if c.reasonFault() != "" || c.nameFault() != "" {
		respond.Page(w, r, http.StatusUnprocessableEntity, confirmPage(c))
		return
	}
	if why := c.Act.unfit(c.Stored); why != "" {
		respond.Fault(w, r, fault.New(fault.Conflict, "%s", why))
		return
	}
	if err := c.Act.do(r.Context(), s, c.Stored, c.Reason); err != nil {
		respond.Fault(w, r, err)
		return
	}
	to, notice := path(c.Stored.ID), fmt.Sprintf(c.Act.notice, c.Stored.Name)
	if c.Act.path == "delete" {
		to, notice = "/deployments", strings.TrimSpace(notice+" "+perhapsThere(c.Effects))
	}
	respond.Done(w, r, s.Notices, to, notice)
}

// unfit says why an act cannot be done now; empty when it can.
func (a act) unfit(d deployment.Deployment) string {
	if a.fits == nil {
		return ""
	}
	return a.fits(d)
}

func disableWords(c store.Consequences) (here, there, more string) {
	return cancelled(c), stay(c), lookedUp(c) + "New publish events send nothing there. Its name, address and key are kept for Enable."
}

func enableWords(c store.Consequences) (here, there, more string) {
	return "The published apps are decided anew: what the policies send there goes there.", takenUp(c), "Nothing is sent again that the tenant has already."
}

func pauseWords(c store.Consequences) (here, there, more string) {
	return halted(c), untouched(c), "New publish events are kept and wait. Resume goes on where it stopped; no data is sent twice."
}

func resumeWords(c store.Consequences) (here, there, more string) {
	return goesOn(c), untouched(c), "Where all distribution is paused too, it goes on when that ends."
}

func deleteWords(c store.Consequences) (here, there, more string) {
	return cancelled(c), stay(c), lost(c) + "Its key and its credentials are deleted here and cannot be had back. The identity provider in the tenant remains until somebody deletes it there."
}

func disable(ctx context.Context, s *Screen, d deployment.Deployment, _ string) error {
	return s.Store.SetDeploymentDisabled(ctx, d.ID, true)
}

func enable(ctx context.Context, s *Screen, d deployment.Deployment, _ string) error {
	return s.Store.SetDeploymentDisabled(ctx, d.ID, false)
}

func pause(ctx context.Context, s *Screen, d deployment.Deployment, reason string) error {
	return s.Store.PauseDeployment(ctx, d.ID, deployment.Pause{Since: s.Now(), Reason: reason, By: account.ActorOf(ctx).Name})
}

func resume(ctx context.Context, s *Screen, d deployment.Deployment, _ string) error {
	return s.Store.ResumeDeployment(ctx, d.ID)
}

func remove(ctx context.Context, s *Screen, d deployment.Deployment, _ string) error {
	return s.Store.DeleteDeployment(ctx, d.ID)
}
