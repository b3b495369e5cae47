// Package policies is the screen Distribution policies: the overview, and the page on which a policy is written, judged
// before it is applied, and deleted.
package policies

import (
	"context"
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/rule"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/middleware"
	"github.com/skyferry/skyferry/web/respond"
)

// Store is what the screen needs of the database. *store.Store is one.
type Store interface {
	AllPolicies(ctx context.Context) ([]policy.Policy, error)
	Policy(ctx context.Context, id string) (policy.Policy, error)
	PolicyVersions(ctx context.Context, id string) ([]policy.Policy, error)
	PolicyAt(ctx context.Context, id string, version int64) (policy.Policy, error)
	CreatePolicy(ctx context.Context, p policy.Policy) (string, error)
	UpdatePolicy(ctx context.Context, p policy.Policy) error
	DeletePolicies(ctx context.Context, ids []string) error
	Deployments(ctx context.Context) ([]deployment.Deployment, error)
	SiteConnection(ctx context.Context) (site.Connection, error)
	Streams(ctx context.Context) ([]store.StreamRow, error)
	Properties(ctx context.Context) ([]store.PropertyRow, error)
	Mark(ctx context.Context) (int64, error)
	Vocabulary(ctx context.Context) (rule.Vocabulary, error)
	MarkedApps(ctx context.Context) (map[string][]string, error)
	ImportsLeft(ctx context.Context) (map[string]int, error)
	EachPublishedApp(ctx context.Context, do func(site.App) error) error
	History(ctx context.Context, objectKind, objectID string) ([]account.Record, error)
}

// Site tells how well the site is seen.
type Site interface {
	Picture() site.Picture
}

// Screen is the screen Distribution policies.
type Screen struct {
	Store   Store
	Notices respond.Noticer
	Site    Site

	catalogue catalogue
}

// Routes mounts the screen; it is meant for /policies.
func (s *Screen) Routes(r chi.Router) {
	r.Get("/", s.list)
	r.Get("/new", s.new)
	r.Post("/new", s.create)
	r.Get("/guards", s.guards)
	r.Get("/guards/new", s.newGuard)
	r.Post("/guards/new", s.create)
	r.Get("/copy", s.copy)
	r.Post("/check", s.check)
	r.Post("/result", s.result)
	r.Post("/matrix", s.matrix)
	r.Post("/matrix.csv", s.download)
	r.Get("/delete", s.askDelete)
	r.Post("/delete", s.delete)
	r.Get("/{id}", s.show)
	r.Post("/{id}", s.update)
	r.Get("/{id}/versions", s.versions)
}

func path(id string) string { return "/policies/" + url.PathEscape(id) }

func mayChange(r *http.Request) bool {
	return middleware.UserOf(r.Context()).Role != account.Reader
}
