package main

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/internal/tenant"
)

// tenants makes the API clients of deployments and keeps them, with their sessions and tokens, until a deployment changes.
type tenants struct {
	store tenantStore
	http  *http.Client
	now   func() time.Time
	log   *slog.Logger

	mu    sync.Mutex
	known map[string]knownTenant
	paces map[string]pace // by deployment; they outlive the clients
}

// pace is that of the calls to one address.
type pace struct {
	endpoint string
	*tenant.Pace
}

// tenantStore is what they need of the database.
type tenantStore interface {
	SigningKey(ctx context.Context, deploymentID string) (deployment.SigningKey, error)
	NextKey(ctx context.Context, deploymentID string) (deployment.SigningKey, error)
	PromoteKey(ctx context.Context, deploymentID, kid string) error
	NoteTest(ctx context.Context, deploymentID string, certificate time.Time, person string) error
	Apps(ctx context.Context, f store.AppFilter) (store.AppPage, error)
	Deployments(ctx context.Context) ([]deployment.Deployment, error)
}

type knownTenant struct {
	of     credentialsOf
	client *tenant.Client
}

// credentialsOf names what a client was made from. The keys are apart from the version: they change without anybody who edits.
type credentialsOf struct {
	version   int64
	key, next string
}

func madeFrom(d deployment.Deployment) credentialsOf {
	of := credentialsOf{version: d.Version}
	if d.Key != nil {
		of.key = d.Key.ID
	}
	if d.Next != nil {
		of.next = d.Next.ID
	}
	return of
}

// Tenant gives the client of a deployment.
func (t *tenants) Tenant(ctx context.Context, d deployment.Deployment) (distribution.Tenant, error) {
	return t.Client(ctx, d)
}

// Client gives the client of a deployment, made anew when the deployment or its keys have changed since.
func (t *tenants) Client(ctx context.Context, d deployment.Deployment) (*tenant.Client, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	of := madeFrom(d)
	if known, ok := t.known[d.ID]; ok && known.of == of {
		return known.client, nil
	}
	client, err := t.makeClient(ctx, d)
	if err != nil {
		return nil, err
	}
	t.known[d.ID] = knownTenant{of, client}
	return client, nil
}

func (t *tenants) makeClient(ctx context.Context, d deployment.Deployment) (*tenant.Client, error) {
	signIn, err := t.signIn(ctx, d)
	if err != nil {
		return nil, err
	}
	client := tenant.New(d.Endpoint, signIn, t.http)
	client.Keep(t.pace(d))
	if d.Next == nil {
		return client, nil
	}
	next, err := t.store.NextKey(ctx, d.ID)
	switch {
	case fault.Is(err, fault.NotFound): // dropped, or it took over, since d was read
		return client, nil
	case err != nil:
		return nil, err
	}
	takesOver, err := t.signedBy(d, next)
	if err != nil {
		return nil, err
	}
	client.TakeOver(takesOver, func(ctx context.Context) error { return t.promote(ctx, d, next.ID) })
	return client, nil
}

// pace gives the pace of a deployment's calls, with the present limit on its bytes. What an earlier address counted, or asked to
// wait for, says nothing about another one. The caller holds the lock.
func (t *tenants) pace(d deployment.Deployment) *tenant.Pace {
	p, ok := t.paces[d.ID]
	if !ok || p.endpoint != d.Endpoint {
		p = pace{d.Endpoint, tenant.NewPace(t.now)}
		t.paces[d.ID] = p
	}
	p.Limit(d.Limits.Bandwidth)
	return p.Pace
}

// Usage tells what was called in a tier of a deployment's tenant since this console started.
func (t *tenants) Usage(deploymentID string, tier tenant.Tier) tenant.Usage {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.paces[deploymentID].Usage(tier)
}

// promote notes that the tenant accepts the next key. The delivery that found it is not ended by a fault of the database, and a
// key that was dropped meanwhile has had its day.
func (t *tenants) promote(ctx context.Context, d deployment.Deployment, kid string) error {
	err := t.store.PromoteKey(ctx, d.ID, kid)
	if err != nil {
		t.log.WarnContext(ctx, "the next key is accepted by the tenant, but it could not be noted", "deployment", d.Name, "key", kid, "error", err)
	}
	return err
}

// forget drops the client of a deleted deployment, and with it its key and tokens.
func (t *tenants) forget(deploymentID string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.known, deploymentID)
	delete(t.paces, deploymentID)
}

func (t *tenants) signIn(ctx context.Context, d deployment.Deployment) (tenant.SignIn, error) {
	switch d.Auth {
	case deployment.ClientCredentials:
		return tenant.ClientCredentials(tenant.Credentials{
			Endpoint: d.TokenEndpoint, ID: d.ClientID, Secret: d.ClientSecret.Reveal,
		}, t.http, t.now), nil
	case deployment.APIKey:
		return tenant.APIKey(d.APIKey.Reveal()), nil
	}
	key, err := t.store.SigningKey(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	return t.signedBy(d, key)
}

// signedBy signs in with a key of ours, in the deployment's way.
func (t *tenants) signedBy(d deployment.Deployment, key deployment.SigningKey) (tenant.SignIn, error) {
	private, err := parseKey(key.PrivatePEM.Reveal())
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "The signing key of deployment %q cannot be read.", d.Name)
	}
	signing := tenant.SigningKey{ID: key.ID, Issuer: key.Issuer, Private: private}
	if d.Auth == deployment.JWTProvider {
		return tenant.JWTSession(d.Endpoint, signing, t.http, t.now), nil
	}
	return tenant.LocalBearer(signing, d.Audience, t.now), nil
}

func parseKey(text string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, fault.New(fault.Internal, "no PEM block")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, fault.New(fault.Internal, "no RSA key")
	}
	return private, nil
}

// Test tries the connection of a deployment, step by step, and keeps what it saw of things that end.
func (t *tenants) Test(ctx context.Context, d deployment.Deployment) (tenant.Report, error) {
	client, err := t.Client(ctx, d)
	if err != nil {
		return tenant.Report{}, err
	}
	want, err := t.expectedOf(ctx, d)
	if err != nil {
		return tenant.Report{}, err
	}
	report := client.Test(ctx, want)
	certificate, person := report.CertificateExpires, report.Person
	if certificate.IsZero() {
		certificate = d.CertificateExpires // none was seen this time
	}
	if !report.SignedIn {
		person = d.Person
	}
	return report, t.store.NoteTest(context.WithoutCancel(ctx), d.ID, certificate, person)
}

// noteCertificate keeps the end of the TLS certificate that the tenant showed last: it is renewed without anybody who tests the
// connection.
func (t *tenants) noteCertificate(ctx context.Context, d deployment.Deployment) error {
	client, err := t.Client(ctx, d)
	if err != nil {
		return err
	}
	if seen := client.CertificateExpires(); !seen.IsZero() && !seen.Equal(d.CertificateExpires) {
		return t.store.NoteTest(ctx, d.ID, seen, d.Person)
	}
	return nil
}

// expectedOf is what a deployment counts on in its tenant.
func (t *tenants) expectedOf(ctx context.Context, d deployment.Deployment) (tenant.Expected, error) {
	of := madeFrom(d)
	want := tenant.Expected{TenantID: d.TenantID, KeyID: of.key, NextKeyID: of.next, APIKey: d.Auth == deployment.APIKey, Taken: map[string]string{}}
	others, err := t.store.Deployments(ctx)
	for _, other := range others {
		if other.ID != d.ID && other.TenantID != "" {
			want.Taken[other.TenantID] = other.Name
		}
	}
	if err != nil || !d.Managed() {
		return want, err
	}
	want.MakesSpaces, want.Transit = d.Landing.Create, deployment.TransitSpace
	want.Spaces, err = t.spacesOf(ctx, d)
	return want, err
}

// sampleApps is how many published apps are asked where they land.
const sampleApps = 200

// spacesOf names the spaces that published apps land in; the test looks at the first of them.
func (t *tenants) spacesOf(ctx context.Context, d deployment.Deployment) (names []string, err error) {
	if d.Landing.By == deployment.ByOne {
		return []string{d.Landing.Space}, nil
	}
	page, err := t.store.Apps(ctx, store.AppFilter{Published: new(true), Limit: sampleApps})
	for _, row := range page.Rows {
		if name := distribution.LandingOf(d, row.App).Space; name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		names = []string{d.Landing.Space} // no app lands yet: the pattern stands for them
	}
	return names, err
}
