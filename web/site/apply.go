package site

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/web/respond"
)

// update applies the form. Another site is refused while deliveries are open, and asked about while anything is known of
// the one before.
func (s *Screen) update(w http.ResponseWriter, r *http.Request) {
	stored, err := s.Store.SiteConnection(r.Context())
	if err == nil && stored.Fixed {
		err = fixed()
	}
	if err == nil {
		err = parse(w, r)
	}
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	f := decode(r)
	if !f.check(stored) {
		s.refuse(w, r, f, stored)
		return
	}
	s.decide(w, r, f, stored)
}

// decide saves the form unless something speaks against it, or has to be asked first.
func (s *Screen) decide(w http.ResponseWriter, r *http.Request, f form, stored site.Connection) {
	wanted := f.connection(stored)
	loss, err := s.loss(r.Context(), stored, wanted)
	switch {
	case err != nil:
		respond.Fault(w, r, err)
	case loss.refusal() != "":
		f.Refused = loss.refusal()
		s.refuse(w, r, f, stored)
	case !loss.answeredBy(r.PostForm):
		s.answer(w, r, http.StatusOK, f, stored, func(p *page) { p.Question = &loss })
	default:
		s.save(w, r, f, stored, wanted)
	}
}

func (s *Screen) save(w http.ResponseWriter, r *http.Request, f form, stored, wanted site.Connection) {
	err := s.Store.SaveSiteConnection(r.Context(), wanted)
	switch {
	case f.takes(err):
		s.refuse(w, r, f, stored)
	case err != nil:
		respond.Fault(w, r, err)
	default:
		s.takeUp(r.Context())
		respond.Done(w, r, s.Notices, "/site", updated(stored, wanted))
	}
}

// takeUp lets the connector follow what was saved. It does so as well when nobody waits for it, so that a failure is for the log.
func (s *Screen) takeUp(ctx context.Context) {
	if err := s.Connector.Changed(ctx); err != nil {
		slog.WarnContext(ctx, "the connection to the site was saved and is not taken up yet", "error", err)
	}
}

// refuse writes the form again with what is wrong in it.
func (s *Screen) refuse(w http.ResponseWriter, r *http.Request, f form, stored site.Connection) {
	s.answer(w, r, http.StatusUnprocessableEntity, f, stored, func(*page) {})
}

// takes puts a fault that the person at the form can mend into the form, and says whether it was one.
func (f *form) takes(err error) bool {
	if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Conflict) {
		return false
	}
	e := fault.Of(err)
	f.Refused = e.Text
	for field, text := range e.Fields {
		f.blame(field, text)
	}
	return true
}

// embed chooses the embedded site, for a console that was told nothing yet.
func (s *Screen) embed(w http.ResponseWriter, r *http.Request) {
	stored, err := s.Store.SiteConnection(r.Context())
	switch {
	case err != nil:
	case stored.Fixed:
		err = fixed()
	case stored.Kind != site.Unset:
		err = fault.New(fault.Conflict, "Somebody has chosen meanwhile where the apps come from. Site shows it.")
	default:
		err = s.Store.SaveSiteConnection(r.Context(), site.Connection{Kind: site.Embedded, Version: stored.Version})
	}
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	s.takeUp(r.Context())
	respond.Done(w, r, s.Notices, "/apps", "The embedded site is in use. Upload an app here, or connect a Qlik repository later, under Site.")
}

// updated tells what happens now.
func updated(before, after site.Connection) string {
	words := "Successfully updated."
	if before.Kind == site.Unset {
		words = "Successfully added."
	}
	switch {
	case after.Kind == site.Repository && !before.SameSite(after):
		words += " The apps of " + after.Host + " are read now; nothing is sent twice."
	case after.ObserveOnly && !before.ObserveOnly:
		words += " From now on everything is decided and shown, and nothing is sent."
	case before.ObserveOnly && !after.ObserveOnly:
		words += " What waited goes on."
	}
	return words
}
