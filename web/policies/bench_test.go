package policies_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/web/policies"
)

// large is a site with many apps, policies and deployments, in memory.
type large struct {
	policies.Store

	apps        []site.App
	policies    []policy.Policy
	deployments []deployment.Deployment
}

func newLarge(apps, rules int) *large {
	l := &large{}
	for _, name := range []string{"eu", "us", "ap", "sa"} {
		l.deployments = append(l.deployments, deployment.Deployment{ID: "id-" + name, Name: name, Endpoint: "https://" + name + ".example.com"})
	}
	for i := range apps {
		stream := site.Stream{ID: fmt.Sprint("s", i%40), Name: fmt.Sprint("Stream ", i%40), Owner: site.Owner{ID: "o2", Name: "Bob"}}
		l.apps = append(l.apps, site.App{
			ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", i), Name: fmt.Sprint("App ", i), Owner: site.Owner{ID: "o1", Name: "Ann", UserID: "ann", Directory: "ACME"},
			Stream: &stream, Properties: map[string][]string{"Cloud": {"eu"}},
		})
	}
	for i := range rules {
		l.policies = append(l.policies, policy.Policy{
			ID: fmt.Sprintf("10000000-0000-4000-8000-%012d", i), Name: fmt.Sprint("Policy ", i), Template: "Unspecified", ResourceFilter: "App_*", Actions: policy.ActionDistribute,
			Conditions: fmt.Sprintf(`((subject.name=%q) and (resource.stream.name="Stream %d" or resource.@Cloud=subject.name))`, l.deployments[i%4].Name, i),
		})
	}
	return l
}

func (l *large) Mark(context.Context) (int64, error) { return 1, nil }

func (l *large) AllPolicies(context.Context) ([]policy.Policy, error) { return l.policies, nil }

func (l *large) Deployments(context.Context) ([]deployment.Deployment, error) {
	return l.deployments, nil
}

func (l *large) MarkedApps(context.Context) (map[string][]string, error) { return nil, nil }

func (l *large) SiteConnection(context.Context) (site.Connection, error) {
	return site.Connection{}, nil
}

func (l *large) ImportsLeft(context.Context) (map[string]int, error) { return nil, nil }

func (l *large) EachPublishedApp(_ context.Context, do func(site.App) error) error {
	for _, a := range l.apps {
		if err := do(a); err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkLarge measures the overview and the result of one policy with 10,000 apps, 50 policies and 4 deployments; both
// should take well under a second.
func BenchmarkLarge(b *testing.B) {
	l := newLarge(10_000, 50)
	router := chi.NewRouter()
	router.Route("/policies", (&policies.Screen{Store: l}).Routes)
	for name, request := range map[string]func() *http.Request{
		"overview": func() *http.Request { return httptest.NewRequest(http.MethodGet, "/policies", nil) },
		"result": func() *http.Request {
			form := url.Values{"id": {l.policies[0].ID}, "name": {"Policy 0"}, "filter": {"App_*"}, "actions": {"1024"}, "conditions": {`subject.name="us"`}}
			r := httptest.NewRequest(http.MethodPost, "/policies/result", strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			return r
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				w := httptest.NewRecorder()
				if asAdmin(router).ServeHTTP(w, request()); w.Code != http.StatusOK {
					b.Fatal(w.Code, w.Body)
				}
			}
		})
	}
}
