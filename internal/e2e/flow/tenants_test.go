package flow

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/internal/tenant"
)

// tenants makes the clients of deployments and keeps each until the deployment or its keys change, as the program does.
type tenants struct {
	keys *store.Store
	http *http.Client

	mu    sync.Mutex
	known map[string]known
	paces map[string]*tenant.Pace
}

type known struct {
	of     string
	client *tenant.Client
}

// Tenant implements distribution.Tenants.
func (t *tenants) Tenant(ctx context.Context, d deployment.Deployment) (distribution.Tenant, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	of := fmt.Sprintf("%d %+v %+v", d.Version, d.Key, d.Next)
	if k, ok := t.known[d.ID]; ok && k.of == of {
		return k.client, nil
	}
	signIn, err := t.signIn(ctx, d)
	if err != nil {
		return nil, err
	}
	client := tenant.New(d.Endpoint, signIn, t.http)
	if t.paces[d.ID] == nil {
		t.paces[d.ID] = tenant.NewPace(time.Now)
	}
	t.paces[d.ID].Limit(d.Limits.Bandwidth)
	client.Keep(t.paces[d.ID])
	if next, err := t.keys.NextKey(ctx, d.ID); err == nil {
		client.TakeOver(t.signedBy(d, next), func(ctx context.Context) error { return t.keys.PromoteKey(ctx, d.ID, next.ID) })
	}
	t.known[d.ID] = known{of, client}
	return client, nil
}

func (t *tenants) signIn(ctx context.Context, d deployment.Deployment) (tenant.SignIn, error) {
	switch d.Auth {
	case deployment.ClientCredentials:
		c := tenant.Credentials{Endpoint: d.TokenEndpoint, ID: d.ClientID, Secret: d.ClientSecret.Reveal}
		return tenant.ClientCredentials(c, t.http, time.Now), nil
	case deployment.APIKey:
		return tenant.APIKey(d.APIKey.Reveal()), nil
	}
	key, err := t.keys.SigningKey(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	return t.signedBy(d, key), nil
}

func (t *tenants) signedBy(d deployment.Deployment, key deployment.SigningKey) tenant.SignIn {
	block, _ := pem.Decode([]byte(key.PrivatePEM.Reveal()))
	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		panic(err) // the store gave what it was given
	}
	signing := tenant.SigningKey{ID: key.ID, Issuer: key.Issuer, Private: private.(*rsa.PrivateKey)}
	if d.Auth == deployment.JWTProvider {
		return tenant.JWTSession(d.Endpoint, signing, t.http, time.Now)
	}
	return tenant.LocalBearer(signing, d.Audience, time.Now)
}

// mortal carries calls as long as the console lives. Between its last word to the database and its death it neither sends
// anything nor hears an answer.
type mortal struct {
	http.RoundTripper
	waking, life context.Context //nolint:containedctx // those of the console
}

// RoundTrip fails, and breaks off, when the console is dead.
func (m mortal) RoundTrip(r *http.Request) (*http.Response, error) {
	if m.life.Err() != nil {
		return nil, errors.New("the console is dead")
	}
	ctx, cancel := context.WithCancel(r.Context())
	context.AfterFunc(m.life, cancel)
	if m.waking.Err() != nil {
		<-m.life.Done()
	}
	res, err := m.RoundTripper.RoundTrip(r.WithContext(ctx))
	if m.waking.Err() != nil {
		<-m.life.Done()
	}
	return res, err
}

func shortSettle(deployment.Deployment) time.Duration { return settle }
