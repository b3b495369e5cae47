package flow

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/internal/tenant"
)

// tenants makes the clients of deployments and keeps each until the deployment changes, as the program does.
type tenants struct {
	keys *store.Store
	http *http.Client

	mu    sync.Mutex
	known map[string]known
}

type known struct {
	version int64
	client  *tenant.Client
}

// Tenant implements distribution.Tenants.
func (t *tenants) Tenant(ctx context.Context, d deployment.Deployment) (distribution.Tenant, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if k, ok := t.known[d.ID]; ok && k.version == d.Version {
		return k.client, nil
	}
	tokens, err := t.tokens(ctx, d)
	if err != nil {
		return nil, err
	}
	t.known[d.ID] = known{d.Version, tenant.New(d.Endpoint, tokens, t.http)}
	return t.known[d.ID].client, nil
}

func (t *tenants) tokens(ctx context.Context, d deployment.Deployment) (tenant.Tokens, error) {
	if d.Auth == deployment.ClientCredentials {
		c := tenant.Credentials{Endpoint: d.TokenEndpoint, ID: d.ClientID, Secret: d.ClientSecret.Reveal()}
		return tenant.ClientCredentials(c, t.http, time.Now), nil
	}
	key, err := t.keys.SigningKey(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode([]byte(key.PrivatePEM.Reveal()))
	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	return tenant.LocalBearer(tenant.SigningKey{ID: key.ID, Issuer: key.Issuer, Private: private.(*rsa.PrivateKey)}, d.Audience, time.Now), nil
}

// mortal carries calls as long as the console lives.
type mortal struct {
	http.RoundTripper
	life context.Context //nolint:containedctx // that of the console
}

// RoundTrip fails, and breaks off, when the console is dead.
func (m mortal) RoundTrip(r *http.Request) (*http.Response, error) {
	if m.life.Err() != nil {
		return nil, errors.New("the console is dead")
	}
	ctx, cancel := context.WithCancel(r.Context())
	context.AfterFunc(m.life, cancel)
	return m.RoundTripper.RoundTrip(r.WithContext(ctx))
}

func shortSettle(deployment.Deployment) time.Duration { return settle }
