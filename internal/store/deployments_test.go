package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/secret"
	"github.com/skyferry/skyferry/internal/site"
)

const privateHalf = "-----BEGIN PRIVATE KEY----- only for the test"

// testDraft is a draft without the work of a real key.
func testDraft(now time.Time) (deployment.Draft, secret.Text) {
	id := uuid.NewString()
	return deployment.Draft{
		ID: id, Expires: now.Add(deployment.DraftLife),
		Key: deployment.Key{ID: "kid-" + id, Issuer: "issuer-" + id, PublicPEM: "public-" + id, Created: now},
	}, privateHalf
}

func credentials(name, endpoint string) deployment.Deployment {
	return deployment.Deployment{
		Name: name, Endpoint: endpoint, Audience: "qlik.api", Auth: deployment.ClientCredentials, ClientID: "client",
		ClientSecret: "hush", TokenEndpoint: endpoint + "/oauth/token", Landing: deployment.Landing{Space: "Finance", Create: true},
	}
}

func testUniqueOrigins(t *testing.T, w *world) {
	w.deployment("eu", "https://Acme.EU.qlikcloud.com:443/")
	if got := must(w.Deployments(w.ctx))(t)[0].Endpoint; got != "https://acme.eu.qlikcloud.com" {
		t.Errorf("the endpoint is stored as %s", got)
	}
	d := deployment.Deployment{Name: "other", Endpoint: "https://acme.eu.qlikcloud.com", Audience: "a", Auth: deployment.LocalBearer}
	_, err := w.CreateDeployment(w.ctx, d, w.draft().ID)
	refused(t, err, fault.Conflict, "endpoint")
	if !strings.Contains(fault.Of(err).Text, `"eu"`) {
		t.Errorf("%q does not name the other deployment", fault.Of(err).Text)
	}
	us := w.deployment("us", "http://acme.eu.qlikcloud.com") // another scheme is another origin
	us.Endpoint = "https://acme.eu.qlikcloud.com/"
	refused(t, w.UpdateDeployment(w.ctx, us, "", nil), fault.Conflict, "endpoint")
}

func testDraftIsBound(t *testing.T, w *world) {
	draft := w.draft()
	if got := must(w.Draft(w.ctx, draft.ID))(t); !cmp.Equal(got, draft) {
		t.Error(cmp.Diff(draft, got))
	}
	d := deployment.Deployment{Name: "eu", Endpoint: "https://eu.example", Audience: "qlik.api", Auth: deployment.LocalBearer}
	id := must(w.CreateDeployment(w.ctx, d, draft.ID))(t)
	got := w.load(id)
	if got.Key == nil || *got.Key != draft.Key || got.Version != 1 || got.ModifiedBy != "anna" || !got.Created.Equal(start) {
		t.Errorf("got %+v with key %+v", got, got.Key)
	}
	key := must(w.SigningKey(w.ctx, id))(t)
	if key.Key != draft.Key || key.PrivatePEM.Reveal() != privateHalf {
		t.Errorf("the signing key is %+v", key.Key)
	}
	_, err := w.Draft(w.ctx, draft.ID)
	refused(t, err, fault.NotFound, "")
	_, err = w.CreateDeployment(w.ctx, deployment.Deployment{Name: "us", Endpoint: "https://us.example", Audience: "a", Auth: deployment.LocalBearer}, draft.ID)
	refused(t, err, fault.Conflict, "draft")

	next := w.draft()
	w.must(w.UpdateDeployment(w.ctx, got, next.ID, nil))
	if now := w.load(id); now.Key.ID != next.Key.ID || now.Version != 2 {
		t.Errorf("after a new key: %+v, version %d", now.Key, now.Version)
	}
	w.must(w.UpdateDeployment(w.ctx, w.load(id), "", nil))
	if now := w.load(id); now.Key.ID != next.Key.ID {
		t.Errorf("without a draft the key is %+v", now.Key)
	}
}

func testDraftsEnd(t *testing.T, w *world) {
	draft := w.draft()
	w.clock.pass(deployment.DraftLife)
	_, err := w.Draft(w.ctx, draft.ID)
	refused(t, err, fault.NotFound, "")
	d := deployment.Deployment{Name: "eu", Endpoint: "https://eu.example", Audience: "qlik.api", Auth: deployment.LocalBearer}
	id, err := w.CreateDeployment(w.ctx, d, draft.ID)
	refused(t, err, fault.Conflict, "draft")
	if all := must(w.Deployments(w.ctx))(t); len(all) != 0 || id != "" {
		t.Errorf("half a deployment was saved: %+v", all)
	}
	if kinds := w.jobs.events; len(kinds) != 0 {
		t.Errorf("events %v of a deployment that is not there", kinds)
	}
}

func testDraftsAreBounded(t *testing.T, w *world) {
	first := w.draft()
	for range 200 {
		w.clock.pass(time.Second)
		w.draft()
	}
	_, err := w.Draft(w.ctx, first.ID)
	refused(t, err, fault.NotFound, "")
}

func testClientSecretIsKept(t *testing.T, w *world) {
	id := must(w.CreateDeployment(w.ctx, credentials("eu", "https://eu.example"), ""))(t)
	d := w.load(id)
	if d.ClientSecret.Reveal() != "hush" || d.Key != nil {
		t.Fatalf("stored secret %q, key %v", d.ClientSecret.Reveal(), d.Key)
	}
	d.ClientSecret, d.Note = "", "new note"
	w.must(w.UpdateDeployment(w.ctx, d, "", nil))
	if d = w.load(id); d.ClientSecret.Reveal() != "hush" || d.Note != "new note" {
		t.Errorf("an empty secret gave %q", d.ClientSecret.Reveal())
	}
	d.ClientSecret, d.TokenEndpoint = "", "https://evil.example/oauth/token"
	refused(t, w.UpdateDeployment(w.ctx, d, "", nil), fault.Invalid, "clientsecret")
	d = w.load(id)
	d.ClientSecret = "louder"
	w.must(w.UpdateDeployment(w.ctx, d, "", nil))
	change := must(w.History(w.ctx, "deployment", id))(t)[0].Changes
	if want := []account.Change{{Field: "Client secret", Before: "(set)", After: "(changed)"}}; !cmp.Equal(change, want) {
		t.Error(cmp.Diff(want, change))
	}
	d = w.load(id)
	d.Auth = deployment.LocalBearer
	refused(t, w.UpdateDeployment(w.ctx, d, "", nil), fault.Conflict, "draft")
	w.must(w.UpdateDeployment(w.ctx, d, w.draft().ID, nil))
	d = w.load(id)
	if d.ClientSecret != "" || d.Key == nil {
		t.Errorf("after the change to the local bearer token: secret %q, key %v", d.ClientSecret.Reveal(), d.Key)
	}
	d.Auth = deployment.ClientCredentials
	refused(t, w.UpdateDeployment(w.ctx, d, "", nil), fault.Invalid, "clientsecret")
	_, err := w.CreateDeployment(w.ctx, deployment.Deployment{Name: "x", Endpoint: "ftp://x", Auth: deployment.ClientCredentials}, "")
	refused(t, err, fault.Invalid, "endpoint")
}

func testStaleVersions(t *testing.T, w *world) {
	d := w.deployment("eu", "https://eu.example")
	w.must(w.UpdateDeployment(w.ctx, d, "", nil))
	if now := w.load(d.ID); now.Version != d.Version {
		t.Errorf("an Apply without any difference made version %d", now.Version)
	}
	d.Note = "first"
	w.must(w.UpdateDeployment(w.ctx, d, "", nil))
	d.Note = "lost"
	err := w.UpdateDeployment(w.ctx, d, "", nil)
	refused(t, err, fault.Conflict, "")
	if !strings.Contains(fault.Of(err).Text, "anna") {
		t.Errorf("%q does not say who", fault.Of(err).Text)
	}
	p := w.policy("to eu")
	p.Description = "first"
	w.must(w.UpdatePolicy(w.ctx, p))
	p.Description = "second"
	refused(t, w.UpdatePolicy(w.ctx, p), fault.Conflict, "")
	if got := must(w.Policy(w.ctx, p.ID))(t); got.Description != "first" || got.Version != 2 {
		t.Errorf("got %+v", got)
	}
}

func testRenameRewritesPolicies(t *testing.T, w *world) {
	d, p := w.deployment("eu", "https://eu.example"), w.policy("to eu")
	p.Conditions = `((subject.name="europe"))`
	d.Name = "europe"
	old := p
	old.Version = 7
	refused(t, w.UpdateDeployment(w.ctx, d, "", []policy.Policy{old}), fault.Conflict, "")
	if got := w.load(d.ID).Name; got != "eu" {
		t.Errorf("a refused policy left the name %q", got)
	}
	w.must(w.UpdateDeployment(w.ctx, d, "", []policy.Policy{p}))
	if got := must(w.Policy(w.ctx, p.ID))(t); got.Conditions != p.Conditions || w.load(d.ID).Name != "europe" {
		t.Errorf("got %+v", got)
	}
	if got := must(w.PolicyAt(w.ctx, p.ID, 2))(t); got.Reason != `The deployment "eu" is now "europe"` {
		t.Errorf("version 2: %+v", got)
	}
}

func testRenameReachesTests(t *testing.T, w *world) {
	d, p := w.deployment("eu", "https://eu.example"), w.policy("to eu")
	p.Tests = `app "eu" in stream "s" → must go to eu`
	w.must(w.UpdatePolicy(w.ctx, p))
	d.Name = "europe"
	w.must(w.UpdateDeployment(w.ctx, d, "", nil))
	if got := must(w.Policy(w.ctx, p.ID))(t); got.Tests != `app "eu" in stream "s" → must go to "europe"` || got.Version != 3 {
		t.Errorf("got %+v", got)
	}
}

func testAnotherEndpoint(t *testing.T, w *world) {
	w.app("a1", "Sales", w.stream("Everyone"))
	d := w.deployment("eu", "https://eu.example")
	w.must(w.BindTenant(w.ctx, d.ID, "tenant-1"))
	d = w.load(d.ID)
	d.Note = "same address"
	w.must(w.UpdateDeployment(w.ctx, d, "", nil))
	if d = w.load(d.ID); d.TenantID != "tenant-1" {
		t.Fatalf("the tenant is %q", d.TenantID)
	}
	d.Endpoint = "https://other.example"
	w.must(w.UpdateDeployment(w.ctx, d, "", nil))
	if d = w.load(d.ID); d.TenantID != "" {
		t.Errorf("the tenant is still %q", d.TenantID)
	}
	if kinds := w.events(); kinds[len(kinds)-1] != "deployment-changed" {
		t.Errorf("events %v", kinds)
	}
}

func testNoJobNothing(t *testing.T, w *world) {
	w.jobs.fail = fmt.Errorf("no room in the queue")
	if _, err := w.CreatePolicy(w.ctx, policy.Policy{Name: "p"}); err == nil {
		t.Error("accepted without a job")
	}
	if all := must(w.AllPolicies(w.ctx))(t); len(all) != 0 {
		t.Errorf("a policy without its job: %+v", all)
	}
	if page := must(w.Audit(w.ctx, auditAll))(t); page.Total != 0 {
		t.Errorf("a record of what did not happen: %+v", page.Rows)
	}
}

func (w *world) policy(name string) policy.Policy {
	w.t.Helper()
	id, err := w.CreatePolicy(w.ctx, policy.Policy{
		Name: name, Template: "Distribution_App", ResourceFilter: "App_*", Actions: policy.ActionDistribute,
		Conditions: `((subject.name="eu"))`, Tags: []string{"b", "a", "b"},
	})
	w.must(err)
	p, err := w.Policy(w.ctx, id)
	w.must(err)
	return p
}

func (w *world) stream(name string) *site.Stream {
	w.t.Helper()
	id, err := w.CreateStream(w.ctx, site.Stream{Name: name})
	w.must(err)
	return &site.Stream{ID: id, Name: name}
}

func (w *world) app(id, name string, stream *site.Stream) site.App {
	w.t.Helper()
	w.must(w.CreateApp(w.ctx, site.App{ID: id, Name: name, Stream: stream}))
	a, err := w.App(w.ctx, id)
	w.must(err)
	return a
}

// must lets a test take the value of a call that must go well: must(call())(t).
func must[T any](value T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}
