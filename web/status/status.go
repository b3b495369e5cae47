// Package status is the screen for 3 a.m.: what went where, what is on its way, what is wrong and what to do about it.
package status

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/web/live"
	"github.com/skyferry/skyferry/web/respond"
)

// Store is what the screen needs of the database.
type Store interface {
	StatusPage(ctx context.Context, f distribution.StatusFilter) (distribution.StatusPage, error)
	StatusDetail(ctx context.Context, appID, deploymentID string) (distribution.Detail, error)
	StatusSince(ctx context.Context, seq int64) ([]distribution.StatusRow, int64, error)
	Deployments(ctx context.Context) ([]deployment.Deployment, error)
	Deployment(ctx context.Context, id string) (deployment.Deployment, error)
	Retry(ctx context.Context, deliveryIDs []string) (int, error)
	RetryCause(ctx context.Context, deploymentID string, c distribution.Cause) (int, error)
	ReleaseAccess(ctx context.Context, deliveryIDs []string) (int, error)
	Cancel(ctx context.Context, deliveryIDs []string) (ended, looked int, err error)
	Decision(ctx context.Context, appID, eventID string) (distribution.Decision, error)
	Holds(ctx context.Context) ([]distribution.Hold, error)
	PausedAll(ctx context.Context) (*deployment.Pause, error)
	RemovePlacement(ctx context.Context, p distribution.Placement) error
}

// Screen is the distribution status.
type Screen struct {
	Store   Store
	Tenants distribution.Tenants // to remove what is left in one
	Notices respond.Noticer
	Hub     *live.Hub
	Now     func() time.Time
}

// Routes mounts the pages; Events is mounted apart, because it has no end of its own.
func (s *Screen) Routes(r chi.Router) {
	r.Get("/", s.list)
	r.Get("/retry-all", s.askRetryAll)
	r.Post("/retry-all", s.retryAll)
	r.Post("/retry", s.retry)
	r.Post("/cancel", s.cancel)
	r.Post("/release", s.release)
	r.Get("/{app}/{deployment}", s.show)
	r.Get("/{app}/{deployment}/remove", s.askRemove)
	r.Post("/{app}/{deployment}/remove", s.remove)
}

// view is what the list shows.
type view struct {
	page        distribution.StatusPage
	filter      distribution.StatusFilter
	deployments []deployment.Deployment
	query       url.Values
	held        []distribution.Hold
	seq         int64
	open        string // key of the fold that is open
	now         time.Time
}

func (s *Screen) list(w http.ResponseWriter, r *http.Request) {
	v := view{filter: filterOf(r.URL.Query()), query: r.URL.Query(), open: r.URL.Query().Get("open"), now: s.Now()}
	if err := s.fill(r.Context(), &v); err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, listPage(v))
}

// fill reads the page. The number of the newest change is read first: what changes meanwhile is told again, never missed.
func (s *Screen) fill(ctx context.Context, v *view) (err error) {
	if _, v.seq, err = s.Store.StatusSince(ctx, -1); err != nil {
		return err
	}
	if v.deployments, err = s.Store.Deployments(ctx); err != nil {
		return err
	}
	if v.held, err = s.Store.Holds(ctx); err != nil {
		return err
	}
	chosen := v.filter.Tab != ""
	if !chosen {
		v.filter.Tab = distribution.TabAttention
	}
	if v.page, err = s.Store.StatusPage(ctx, v.filter); err != nil || chosen || v.page.Counts[distribution.TabAttention] > 0 {
		return err
	}
	v.filter.Tab = distribution.TabAll // nothing needs attention: the page opens on everything
	v.page, err = s.Store.StatusPage(ctx, v.filter)
	return err
}

func filterOf(q url.Values) distribution.StatusFilter {
	return distribution.StatusFilter{
		Tab: tabOf(q.Get("tab")), Deployment: q.Get("deployment"), Stream: q.Get("stream"), State: distribution.State(q.Get("state")),
		Cause: distribution.Cause(q.Get("cause")), Search: q.Get("q"), AppID: q.Get("app"),
		Sort: q.Get("sort"), Descending: q.Get("dir") == "desc", After: q.Get("after"),
	}
}

func tabOf(text string) distribution.Tab {
	for _, t := range tabs {
		if string(t.tab) == text {
			return t.tab
		}
	}
	return ""
}

// retry, cancel and release act on ticked rows, or on the one row of a detail page.
func (s *Screen) retry(w http.ResponseWriter, r *http.Request) {
	s.act(w, r, s.Store.Retry, counted("%d of %d deliveries start again."))
}

func (s *Screen) cancel(w http.ResponseWriter, r *http.Request) {
	looked := 0
	s.act(w, r, func(ctx context.Context, ids []string) (ended int, err error) {
		ended, looked, err = s.Store.Cancel(ctx, ids)
		return ended, err
	}, func(n, of int) string { return cancelledWords(n, looked, of) })
}

// release lets apps go on that are held for their section access.
func (s *Screen) release(w http.ResponseWriter, r *http.Request) {
	s.act(w, r, s.Store.ReleaseAccess, counted("%d of %d deliveries released. Later versions go without asking, as long as the app has section access."))
}

func (s *Screen) act(w http.ResponseWriter, r *http.Request, do func(context.Context, []string) (int, error), notice func(n, of int) string) {
	if err := respond.Form(w, r); err != nil {
		respond.Fault(w, r, err)
		return
	}
	ids := r.PostForm["id"]
	if len(ids) == 0 {
		respond.Done(w, r, s.Notices, back(r), "No row was selected. Tick the rows first.")
		return
	}
	n, err := do(r.Context(), ids)
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Done(w, r, s.Notices, back(r), notice(n, len(ids)))
}

func counted(notice string) func(n, of int) string {
	return func(n, of int) string { return fmt.Sprintf(notice, n, of) }
}

// back is the page that the form stood on, if it is one of this screen.
func back(r *http.Request) string {
	if to, err := url.Parse(r.PostForm.Get("back")); err == nil && to.Host == "" && to.Scheme == "" && len(to.Path) >= 7 && to.Path[:7] == "/status" {
		return to.String()
	}
	return "/status"
}
