package web

import (
	"net/http"
	"strings"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/web/middleware"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/ui"
)

// shell gathers what stands around every page: who, how many need attention, whether everything is paused, the notice.
func (c *Console) shell(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shell, err := c.shellOf(w, r)
		if err != nil {
			respond.Fault(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(ui.WithShell(r.Context(), shell)))
	})
}

func (c *Console) shellOf(w http.ResponseWriter, r *http.Request) (s ui.Shell, err error) {
	user := middleware.UserOf(r.Context())
	s = ui.Shell{UserName: user.Name, ReadsOnly: user.Role != account.Admin, SiteName: c.options.SiteName, Now: c.options.Now()}
	c.showSite(&s)
	if s.Failed, s.Paused, err = c.options.Store.Attention(r.Context()); err != nil {
		return s, err
	}
	pause, err := c.options.Store.PausedAll(r.Context())
	if err != nil {
		return s, err
	}
	if pause != nil {
		s.PausedAll = &ui.PauseBanner{Since: pause.Since, Reason: pause.Reason, By: pause.By, ObserveOnly: pause.Cause == string(distribution.ObserveOnly)}
	}
	s.Notice, err = c.notice(w, r)
	return s, err
}

// showSite names the site and says whether it is in touch. The embedded site always is.
func (c *Console) showSite(s *ui.Shell) {
	p := c.options.Site.Picture()
	if p.Kind != site.Repository {
		return
	}
	s.SiteName, s.SiteTouch = p.Host, "in touch"
	switch {
	case p.Trouble != "":
		s.SiteTouch, s.SiteSince = "out of touch since", p.TroubleSince
	case p.Fresh.IsZero():
		s.SiteTouch = "being read"
	}
}

// notice takes the sentence that the last change left for the next whole page.
func (c *Console) notice(w http.ResponseWriter, r *http.Request) (*ui.Notice, error) {
	if r.Method != http.MethodGet || r.Header.Get("HX-Request") != "" {
		return nil, nil //nolint:nilnil // no notice is no fault
	}
	text, err := c.sessions.TakeNotice(w, r)
	if err != nil || text == "" {
		return nil, err
	}
	bold, rest, found := strings.Cut(text, ". ")
	if found {
		bold += "."
	}
	return &ui.Notice{Kind: ui.Good, Bold: bold, Text: rest}, nil
}
