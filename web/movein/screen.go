// Package movein is the page *Moving in*: the rules by which the site itself distributes, each as the policy that it would be here, and
// their import.
package movein

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/movein"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/rule"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
	"github.com/skyferry/skyferry/web/middleware"
	"github.com/skyferry/skyferry/web/policies"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/ui"
)

// Path is where the screen is mounted.
const Path = "/site/moving-in"

// patience is how long the site may take to answer its rules.
const patience = 20 * time.Second

// Store is what the screen needs of the database. *store.Store is one.
type Store interface {
	SiteConnection(ctx context.Context) (site.Connection, error)
	AllPolicies(ctx context.Context) ([]policy.Policy, error)
	Deployments(ctx context.Context) ([]deployment.Deployment, error)
	Vocabulary(ctx context.Context) (rule.Vocabulary, error)
	MoveIn(ctx context.Context, all []policy.Policy) error
}

// Site reads the rules of the site of the moment.
type Site interface {
	Rules(ctx context.Context) ([]api.Rule, error)
}

// Foreseer says what policies would change. *policies.Screen is one.
type Foreseer interface {
	Foresee(ctx context.Context, added []policy.Policy) (policies.Foresight, error)
}

// Screen is the page.
type Screen struct {
	Store    Store
	Site     Site
	Policies Foreseer
	Notices  respond.Noticer
}

// Routes mounts the screen; it is meant for Path.
func (s *Screen) Routes(r chi.Router) {
	r.Get("/", s.show)
	r.Post("/ask", s.ask)
	r.Post("/import", s.take)
}

func mayChange(ctx context.Context) bool { return middleware.UserOf(ctx).Role != account.Reader }

// view is what is known of the site's rules.
type view struct {
	site        site.Connection
	rules       int // that the site answers
	plan        movein.Plan
	stored      []policy.Policy
	deployments []policy.Target
	trouble     string // why the rules are not known
	rows        []row
}

// row is an offer with what it would change by itself.
type row struct {
	movein.Offer

	reading policy.Reading
	would   policies.Foresight
}

// load reads the site's rules and holds them against what is here. A site that does not answer is no fault of the page.
func (s *Screen) load(ctx context.Context) (v view, err error) {
	if v.site, err = s.Store.SiteConnection(ctx); err != nil || v.site.Kind != site.Repository {
		return v, err
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answered, err := s.Site.Rules(waiting)
	if err != nil {
		if v.trouble = trouble(err); waiting.Err() != nil {
			v.trouble = "The site has not answered its rules within " + ui.Duration(patience) + ". Look at its load, and read again."
		}
		return v, ctx.Err()
	}
	v.rules = len(answered)
	known, err := s.Store.Vocabulary(ctx)
	if err != nil {
		return v, err
	}
	if v.stored, err = s.Store.AllPolicies(ctx); err != nil {
		return v, err
	}
	all, err := s.Store.Deployments(ctx)
	for _, d := range all {
		v.deployments = append(v.deployments, policy.Target{ID: d.ID, Name: d.Name})
	}
	v.plan = movein.For(rulesOf(answered), v.stored, known)
	return v, err
}

// trouble says for people why the site did not answer its rules.
func trouble(err error) string {
	if e, ok := errors.AsType[*api.Error](err); ok {
		return e.Error()
	}
	return fault.Of(err).Text
}

// foresee fills the rows, each as if it alone were imported.
func (s *Screen) foresee(ctx context.Context, v *view, offers []movein.Offer) error {
	for _, o := range offers {
		p := o.Policy
		p.ID, p.Disabled = p.Origin, false // a disabled one is shown by what it would do
		would, err := s.Policies.Foresee(ctx, []policy.Policy{p})
		if err != nil {
			return err
		}
		reading := policy.Read(policy.Grant, p.Conditions, v.deployments).Within(p.ResourceFilter).Beside(o.Notes)
		v.rows = append(v.rows, row{o, reading, would})
	}
	return nil
}

func (s *Screen) show(w http.ResponseWriter, r *http.Request) {
	v, err := s.load(r.Context())
	if err == nil {
		err = s.foresee(r.Context(), &v, v.shown())
	}
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, rulesPage(v))
}

// maxShown is how many rules of each list stand on the page.
const maxShown = 200

func (v view) shown() []movein.Offer { return v.plan.Offers[:min(maxShown, len(v.plan.Offers))] }

func (v view) left() []movein.Left { return v.plan.Left[:min(maxShown, len(v.plan.Left))] }

func rulesOf(answered []api.Rule) (rules []movein.Rule) {
	for _, r := range answered {
		rules = append(rules, movein.Rule{ID: r.ID, Name: r.Name, Comment: r.Comment, Conditions: r.Rule, ResourceFilter: r.ResourceFilter,
			Actions: r.Actions, Disabled: r.Disabled, Tags: tagsOf(r.Tags)})
	}
	return rules
}

func tagsOf(refs []api.Ref) (names []string) {
	for _, r := range refs {
		names = append(names, r.Name)
	}
	return names
}
