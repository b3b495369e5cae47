package main

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"sync"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/tenant"
)

// tenants makes the API clients of deployments and keeps them, with their tokens, until a deployment changes.
type tenants struct {
	keys interface {
		SigningKey(ctx context.Context, deploymentID string) (deployment.SigningKey, error)
	}
	http *http.Client
	now  func() time.Time

	mu    sync.Mutex
	known map[string]knownTenant
}

type knownTenant struct {
	version int64
	client  *tenant.Client
}

// Tenant gives the client of a deployment.
func (t *tenants) Tenant(ctx context.Context, d deployment.Deployment) (distribution.Tenant, error) {
	return t.Client(ctx, d)
}

// Client gives the client of a deployment, made anew when the deployment has changed since.
func (t *tenants) Client(ctx context.Context, d deployment.Deployment) (*tenant.Client, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if known, ok := t.known[d.ID]; ok && known.version == d.Version {
		return known.client, nil
	}
	tokens, err := t.tokens(ctx, d)
	if err != nil {
		return nil, err
	}
	client := tenant.New(d.Endpoint, tokens, t.http)
	t.known[d.ID] = knownTenant{d.Version, client}
	return client, nil
}

// forget drops the client of a deleted deployment, and with it its key and tokens.
func (t *tenants) forget(deploymentID string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.known, deploymentID)
}

func (t *tenants) tokens(ctx context.Context, d deployment.Deployment) (tenant.Tokens, error) {
	if d.Auth == deployment.ClientCredentials {
		return tenant.ClientCredentials(tenant.Credentials{
			Endpoint: d.TokenEndpoint, ID: d.ClientID, Secret: d.ClientSecret.Reveal(),
		}, t.http, t.now), nil
	}
	key, err := t.keys.SigningKey(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	private, err := parseKey(key.PrivatePEM.Reveal())
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "The signing key of deployment %q cannot be read.", d.Name)
	}
	return tenant.LocalBearer(tenant.SigningKey{ID: key.ID, Issuer: key.Issuer, Private: private}, d.Audience, t.now), nil
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

// Test tries the connection of a deployment, step by step.
func (t *tenants) Test(ctx context.Context, d deployment.Deployment) ([]tenant.Step, error) {
	client, err := t.Client(ctx, d)
	if err != nil {
		return nil, err
	}
	return client.Test(ctx, d.TenantID), nil
}
