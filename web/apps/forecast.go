package apps

import (
	"context"
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
)

// forecast tells where apps would go by the policies and deployments of this moment, as the engine would decide.
type forecast struct {
	set     *policy.Set
	targets []policy.Target // the enabled deployments
}

func (s *Screen) forecast(ctx context.Context) (f forecast, err error) {
	policies, err := s.Store.Policies(ctx)
	if err != nil {
		return f, err
	}
	deployments, err := s.Store.Deployments(ctx)
	if err != nil {
		return f, err
	}
	f.set = policy.Compile(policies)
	for _, d := range deployments {
		if !d.Disabled {
			f.targets = append(f.targets, policy.Target{ID: d.ID, Name: d.Name})
		}
	}
	return f, nil
}

// prediction is what becomes of an app.
type prediction struct {
	goes []string // names of deployments
	left []string // names of deployments whose tenant keeps a copy that is no longer refreshed
}

// of predicts for an app as it is; rows say what tenants hold of it now.
func (f forecast) of(app site.App, rows []distribution.StatusRow) (p prediction) {
	for _, m := range f.set.Decide(app, f.targets) {
		p.goes = append(p.goes, m.Target.Name)
	}
	for _, name := range copiesOf(rows) {
		if !slices.Contains(p.goes, name) {
			p.left = append(p.left, name)
		}
	}
	return p
}

// in predicts for an app as if it were published to a stream.
func (f forecast) in(app site.App, stream site.Stream, rows []distribution.StatusRow) prediction {
	app.Stream = &stream
	return f.of(app, rows)
}

// sentence says where the app goes.
func (p prediction) sentence() string {
	if len(p.goes) == 0 {
		return "Will stay on the site: no policy matches"
	}
	return "Will go to: " + strings.Join(p.goes, ", ")
}

// notice is the prediction as part of a notice.
func (p prediction) notice() string { return sentences(p.sentence(), stays(p.left)) }

// tell predicts for an app as it is now, in words for a notice.
func (s *Screen) tell(ctx context.Context, id string) (string, error) {
	app, err := s.Store.App(ctx, id)
	if err != nil {
		return "", err
	}
	if !app.Published() {
		return "It is not published, so it stays on the site.", nil
	}
	f, err := s.forecast(ctx)
	if err != nil {
		return "", err
	}
	rows, err := s.rows(ctx, id)
	return f.of(app, rows).notice(), err
}

// rows give where the app stands in each deployment.
func (s *Screen) rows(ctx context.Context, id string) ([]distribution.StatusRow, error) {
	const most = 200
	page, err := s.Store.StatusPage(ctx, distribution.StatusFilter{Tab: distribution.TabAll, AppID: id, Sort: "deployment", Limit: most})
	return page.Rows, err
}
