// Package apps is the screen Apps: the overview, the page of one app, and what people do to it: upload, publish, move,
// replace, distribute now, unpublish, delete.
package apps

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/middleware"
	"github.com/skyferry/skyferry/web/origin"
	"github.com/skyferry/skyferry/web/respond"
)

// Store is what the screen needs of the database. *store.Store is one.
type Store interface {
	Apps(ctx context.Context, f store.AppFilter) (store.AppPage, error)
	App(ctx context.Context, id string) (site.App, error)
	EditApp(ctx context.Context, id string, e store.AppEdit) error
	PublishApp(ctx context.Context, id, streamID, name string) error
	MoveApp(ctx context.Context, id, streamID string) error
	UnpublishApp(ctx context.Context, id string) error
	RequestDistribution(ctx context.Context, appID string) error
	Streams(ctx context.Context) ([]store.StreamRow, error)
	Properties(ctx context.Context) ([]store.PropertyRow, error)
	MarkedApps(ctx context.Context) (map[string][]string, error)
	Decision(ctx context.Context, appID, eventID string) (distribution.Decision, error)
	Policies(ctx context.Context) ([]policy.Policy, error)
	Deployments(ctx context.Context) ([]deployment.Deployment, error)
	StatusPage(ctx context.Context, f distribution.StatusFilter) (distribution.StatusPage, error)
	SiteConnection(ctx context.Context) (site.Connection, error)
	History(ctx context.Context, objectKind, objectID string) ([]account.Record, error)
}

// Library keeps the files of apps. *library.Service is one.
type Library interface {
	Upload(ctx context.Context, filename string, r io.Reader, owner site.Owner) (site.App, error)
	Replace(ctx context.Context, appID string, r io.Reader) error
	Delete(ctx context.Context, appID string) error
}

// Screen is the screen Apps.
type Screen struct {
	Store   Store
	Library Library
	Site    Acting // used where the apps come from a repository
	Notices respond.Noticer
	Now     func() time.Time
}

// Routes mounts the screen; it is meant for /apps. Upload and Replace take as long as their file, so they are mounted apart
// at POST /apps/upload and POST /apps/{id}/replace.
func (s *Screen) Routes(r chi.Router) {
	r.Get("/", s.list)
	r.With(s.demand(origin.Upload)).Get("/upload", s.showUpload)
	r.Get("/{id}", s.show)
	r.With(s.demand(origin.Change)).Post("/{id}", s.edit)
	r.With(s.demand(origin.Replace)).Get("/{id}/replace", s.showReplace)
	r.Get("/{id}/prediction", s.predict)
	r.Post("/{id}/distribute", s.distribute)
	for _, p := range []placing{publishing, moving} {
		r.With(s.demand(p.right)).Get("/{id}/"+p.path, s.askPlace(p))
		r.With(s.demand(p.right)).Post("/{id}/"+p.path, s.place(p))
	}
	for _, e := range []ending{unpublishing, deleting} {
		r.With(s.demand(e.right)).Get("/{id}/"+e.path, s.askEnd(e))
		r.With(s.demand(e.right)).Post("/{id}/"+e.path, s.end(e))
	}
}

// demand lets a request through where the site gives the right to it.
func (s *Screen) demand(right origin.Right) func(http.Handler) http.Handler {
	return origin.Demand(s.Store, right)
}

// mayChange says whether the user may change anything.
func mayChange(ctx context.Context) bool { return middleware.UserOf(ctx).Role != account.Reader }

// ownerOf is the user as the site knows its owners.
func ownerOf(ctx context.Context) site.Owner {
	user := middleware.UserOf(ctx)
	return site.Owner{ID: user.ID, UserID: user.Name, Directory: "SKYFERRY", Name: user.Name}
}

func path(id string) string { return "/apps/" + id }
