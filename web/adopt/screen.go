// Package adopt is the page *Adopt apps already in the tenant* of a deployment: which app of the site each copy in the tenant is, and
// what somebody chooses about it.
package adopt

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/adopt"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/web/respond"
)

// Store is what the screen needs of the database. *store.Store is one.
type Store interface {
	Deployment(ctx context.Context, id string) (deployment.Deployment, error)
	Policies(ctx context.Context) ([]policy.Policy, error)
	EachPublishedApp(ctx context.Context, do func(site.App) error) error
	App(ctx context.Context, id string) (site.App, error)
	PlacementsIn(ctx context.Context, tenantID string) ([]distribution.Placement, error)
	Adopt(ctx context.Context, deploymentID, tenantID string, all []distribution.Adoption) ([]distribution.Refusal, error)
	Disown(ctx context.Context, deploymentID, appID string) error
}

// Reader reads what tenants hold. *adopt.Reader is one.
type Reader interface {
	Look(d deployment.Deployment) adopt.Reading
	Again(d deployment.Deployment)
	Wait(ctx context.Context, d deployment.Deployment) adopt.Reading
}

// Screen is the page of one deployment.
type Screen struct {
	Store   Store
	Reader  Reader
	Notices respond.Noticer
	SiteID  string
	Now     func() time.Time
}

// Routes mounts the screen; it is meant for /deployments/{id}/adopt.
func (s *Screen) Routes(r chi.Router) {
	r.Get("/", s.show)
	r.Get("/progress", s.progress)
	r.Post("/again", s.again)
	r.Get("/apps.csv", s.download)
	r.Post("/ask", s.ask)
	r.Post("/upload", s.upload)
	r.Post("/apply", s.apply)
	r.Get("/{app}/undo", s.askUndo)
	r.Post("/{app}/undo", s.undo)
}

// path is the address of the page.
func path(d deployment.Deployment) string { return "/deployments/" + url.PathEscape(d.ID) + "/adopt" }

// patience is how long a page waits for a short reading before it shows progress instead; applyPatience the longest that Apply waits for
// the reading that it holds the choices against.
const (
	patience      = 800 * time.Millisecond
	applyPatience = 25 * time.Second
)

// load reads what the page is made of. The reading may be under way, or have failed.
func (s *Screen) load(ctx context.Context, id string, wait time.Duration) (v view, err error) {
	if v.deployment, err = s.Store.Deployment(ctx, id); err != nil {
		return v, err
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	v.reading, v.now = s.Reader.Wait(ctx, v.deployment), s.Now()
	return v, nil
}

// match fills the rows, once the tenant is read.
func (s *Screen) match(ctx context.Context, v *view) error {
	var apps []site.App
	err := s.Store.EachPublishedApp(ctx, func(a site.App) error {
		apps = append(apps, a)
		return nil
	})
	if err != nil {
		return err
	}
	placed, err := s.Store.PlacementsIn(ctx, v.reading.TenantID)
	if err != nil {
		return err
	}
	v.rows = adopt.Match(apps, placed, v.reading.Copies, v.deployment, s.SiteID)
	policies, err := s.Store.Policies(ctx)
	if err != nil {
		return err
	}
	v.sent = sentTo(policies, apps, v.deployment)
	return nil
}

// sentTo gives the ids of the apps that policies send to the deployment.
func sentTo(policies []policy.Policy, apps []site.App, d deployment.Deployment) map[string]bool {
	set, sent := policy.Compile(policies), map[string]bool{}
	for _, app := range apps {
		if set.Judge(app, []policy.Target{{ID: d.ID, Name: d.Name}})[0].Goes {
			sent[app.ID] = true
		}
	}
	return sent
}

func (s *Screen) show(w http.ResponseWriter, r *http.Request) {
	v, err := s.load(r.Context(), chi.URLParam(r, "id"), patience)
	if err == nil && v.known() {
		err = s.match(r.Context(), &v)
	}
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	v.choose(r.URL.Query())
	respond.Page(w, r, http.StatusOK, tablePage(v))
}

// progress answers the page that waits for a reading; when that has ended, the whole page is asked for.
func (s *Screen) progress(w http.ResponseWriter, r *http.Request) {
	v, err := s.load(r.Context(), chi.URLParam(r, "id"), 0)
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	if !v.reading.Busy {
		w.Header().Set("HX-Refresh", "true")
	}
	respond.Page(w, r, http.StatusOK, progressPart(v))
}

// again reads the tenant anew.
func (s *Screen) again(w http.ResponseWriter, r *http.Request) {
	d, err := s.Store.Deployment(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	s.Reader.Again(d)
	respond.Done(w, r, s.Notices, path(d), "The tenant is read again.")
}

// download gives every row of the filter as CSV.
func (s *Screen) download(w http.ResponseWriter, r *http.Request) {
	v, err := s.load(r.Context(), chi.URLParam(r, "id"), applyPatience)
	if err == nil {
		err = v.ready()
	}
	if err == nil {
		err = s.match(r.Context(), &v)
	}
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	v.choose(r.URL.Query())
	respond.CSV(w, "adopt.csv")
	_ = adopt.Write(w, v.chosen, respond.Harmless) // the reader is gone: there is nobody to tell
}

// ready says why nothing can be chosen yet.
func (v view) ready() error {
	switch {
	case v.reading.Busy:
		return fault.New(fault.Unavailable, "The apps of the tenant are still being read. Go back in a moment, and do the same again.")
	case v.reading.Fault != "":
		return fault.New(fault.Unavailable, "%s", v.reading.Fault)
	}
	return nil
}
