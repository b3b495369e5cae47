package site

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/ui"
)

// testLimit is how long a test of a connection may take: the site writes a small export in it.
const testLimit = 100 * time.Second

// Test tests the connection as it is typed, at POST /site/test, and saves nothing. What is left empty, such as a key, counts as it is stored. A
// connection that is configured elsewhere is tested as it is.
func (s *Screen) Test(w http.ResponseWriter, r *http.Request) {
	stored, err := s.Store.SiteConnection(r.Context())
	if err == nil {
		err = parse(w, r)
	}
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	f, wanted := formOf(stored), stored
	if changed(r.PostForm) && !stored.Fixed {
		f = decode(r)
		if !f.check(stored) {
			s.refuseTest(w, r, f, stored)
			return
		}
		wanted = f.connection(stored)
	}
	result := s.try(r.Context(), wanted)
	if r.Header.Get("HX-Request") != "" {
		respond.Page(w, r, http.StatusOK, ui.TestPanel(&result, untested))
		return
	}
	s.answer(w, r, http.StatusOK, f, stored, func(p *page) { p.Test = &result })
}

// refuseTest says what is wrong in the form. Scripts get the panel alone, so that what was typed stays.
func (s *Screen) refuseTest(w http.ResponseWriter, r *http.Request, f form, stored site.Connection) {
	p := page{Form: f, Stored: stored, Now: s.Now()}
	if r.Header.Get("HX-Request") == "" {
		f.Refused = "Nothing was tested."
		s.refuse(w, r, f, stored)
		return
	}
	var faults []string
	for _, e := range p.errors() {
		faults = append(faults, e.Message)
	}
	respond.Page(w, r, http.StatusOK, ui.TestPanel(&ui.ConnectionTest{At: s.Now(), Fault: strings.Join(faults, " ")}, untested))
}

const untested = "Not tested since this page was opened. The test takes what stands in the form, saves nothing and changes nothing on the site. It takes some seconds."

func (s *Screen) try(ctx context.Context, c site.Connection) ui.ConnectionTest {
	result := ui.ConnectionTest{At: s.Now()}
	if c.Kind != site.Repository {
		result.Fault = "The embedded site is in the console itself: there is no connection to test."
		return result
	}
	ctx, cancel := context.WithTimeout(ctx, testLimit)
	defer cancel()
	for _, step := range s.Connector.Test(ctx, c) {
		result.Add(stateOf(step.State), step.Name, step.Found, step.Remedy, 0)
	}
	return result
}

func stateOf(s api.StepState) ui.StepState {
	switch s {
	case api.Passed:
		return ui.StepDone
	case api.NotPassed:
		return ui.StepFailed
	default:
		return ui.StepPending
	}
}
