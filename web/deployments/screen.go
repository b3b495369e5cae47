// Package deployments is the screen Deployments setup: the list of deployments, the form that sets one up, its local bearer
// token, the test of its connection, and what people do to it: rename, pause, disable, delete.
package deployments

import (
	"context"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/secret"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/internal/tenant"
	"github.com/skyferry/skyferry/web/middleware"
	"github.com/skyferry/skyferry/web/respond"
)

// Store is what the screen needs of the database. *store.Store is one.
type Store interface {
	Summaries(ctx context.Context) ([]distribution.Summary, error)
	Deployment(ctx context.Context, id string) (deployment.Deployment, error)
	CreateDraft(ctx context.Context, d deployment.Draft, private secret.Text) error
	Draft(ctx context.Context, id string) (deployment.Draft, error)
	CreateDeployment(ctx context.Context, d deployment.Deployment, draftID string) (string, error)
	UpdateDeployment(ctx context.Context, d deployment.Deployment, draftID string, rewrite []policy.Policy) error
	Consequences(ctx context.Context, deploymentID string) (store.Consequences, error)
	AddNextKey(ctx context.Context, deploymentID, keyID string, key deployment.SigningKey) error
	DropNextKey(ctx context.Context, deploymentID string) error
	DeleteDeployment(ctx context.Context, id string) error
	SetDeploymentDisabled(ctx context.Context, id string, disabled bool) error
	PauseDeployment(ctx context.Context, id string, p deployment.Pause) error
	ResumeDeployment(ctx context.Context, id string) error
	AllPolicies(ctx context.Context) ([]policy.Policy, error)
	History(ctx context.Context, objectKind, objectID string) ([]account.Record, error)
	Properties(ctx context.Context) ([]store.PropertyRow, error)
	Apps(ctx context.Context, f store.AppFilter) (store.AppPage, error)
	Moves(ctx context.Context, deploymentID string) ([]store.Move, error)
	MoveApps(ctx context.Context, deploymentID string, confirmed []store.Move) (int, error)
}

// Tester tests the connection to a deployment's tenant, with what is applied, and changes nothing there. A next key that the
// tenant accepts takes over.
type Tester interface {
	Test(ctx context.Context, d deployment.Deployment) (tenant.Report, error)
	// Usage tells what was called in a tier of the deployment's tenant lately.
	Usage(deploymentID string, tier tenant.Tier) tenant.Usage
}

// Screen is the screen Deployments setup.
type Screen struct {
	Store   Store
	Tester  Tester
	Notices respond.Noticer
	SiteID  string // becomes part of the issuer of new keys
	Now     func() time.Time
}

// Routes mounts the screen; it is meant for /deployments. Test is mounted apart: it takes longer than a page may.
func (s *Screen) Routes(r chi.Router) {
	r.Get("/", s.list)
	r.Get("/new", s.setUpNew)
	r.Post("/new", s.create)
	r.Get("/token", s.token)
	r.Get("/example", s.showExample)
	r.Get("/{id}", s.show)
	r.Post("/{id}", s.update)
	r.Get("/{id}/move", s.askMove)
	r.Post("/{id}/move", s.move)
	for _, a := range acts {
		r.Get("/{id}/"+a.path, s.ask(a))
		r.Post("/{id}/"+a.path, s.do(a))
	}
}

// list shows the deployments without one that is open.
func (s *Screen) list(w http.ResponseWriter, r *http.Request) {
	rows, err := s.Store.Summaries(r.Context())
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, listPage(rows))
}

// mayChange says whether the user may change anything; pages make no draft for those who only read.
func mayChange(ctx context.Context) bool { return middleware.UserOf(ctx).Role != account.Reader }

func onlyAdmins(ctx context.Context) error {
	if mayChange(ctx) {
		return nil
	}
	return fault.New(fault.Forbidden, "Your role is reader: you see everything and change nothing. Ask an administrator.")
}
