package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/tenant"
)

// TestAnotherAddressIsNotWaitedFor: what one address asked to wait for says nothing about another one, and the same one is asked no
// sooner because the deployment was edited.
func TestAnotherAddressIsNotWaitedFor(t *testing.T) {
	limited := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "600")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer limited.Close()
	open := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"attributes":{"id":"a","name":"Sales"}}`))
	}))
	defer open.Close()
	client, err := tenant.NewHTTPClient(tenant.Guard{AllowTargets: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	all := &tenants{http: client, now: time.Now, known: map[string]knownTenant{}, paces: map[string]pace{}}
	d := deployment.Deployment{ID: "eu", Version: 1, Auth: deployment.APIKey, APIKey: "key", Endpoint: limited.URL}
	ask := func() error {
		c, err := all.Client(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.App(t.Context(), "a")
		return err
	}
	for range 2 {
		if err := ask(); tenant.CauseOf(err) != tenant.RateLimited {
			t.Fatal(err)
		}
		d.Version++
		d.Limits.Bandwidth = deployment.MinBandwidth
	}
	if all.Usage(d.ID, tenant.Reads).Closed.IsZero() {
		t.Error("the edited deployment forgot what its address asked for")
	}
	d.Endpoint = open.URL
	if err := ask(); err != nil {
		t.Errorf("the new address waits for the old one: %v", err)
	}
	if usage := all.Usage(d.ID, tenant.Reads); usage.Calls != 1 || !usage.Closed.IsZero() {
		t.Errorf("usage %+v", usage)
	}
}

// noted is a store that keeps what is noted of a test.
type noted struct {
	tenantStore

	certificate time.Time
	person      string
}

func (n *noted) NoteTest(_ context.Context, _ string, certificate time.Time, person string) error {
	n.certificate, n.person = certificate, person
	return nil
}

// TestRenewedCertificateIsNoted: what ends is told by the certificate that the calls see, not by that of the last test.
func TestRenewedCertificateIsNoted(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }))
	defer server.Close()
	kept := &noted{}
	all := &tenants{store: kept, http: server.Client(), now: time.Now, known: map[string]knownTenant{}, paces: map[string]pace{}}
	ended := time.Now().Add(-time.Hour)
	d := deployment.Deployment{ID: "eu", Version: 1, Auth: deployment.APIKey, APIKey: "key", Endpoint: server.URL, CertificateExpires: ended, Person: "Ada"}
	note := func() {
		if err := all.noteCertificate(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	if note(); !kept.certificate.IsZero() {
		t.Errorf("noted %s before any call", kept.certificate)
	}
	client, err := all.Client(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.App(t.Context(), "a"); tenant.CauseOf(err) != tenant.NotFound {
		t.Fatal(err)
	}
	if note(); !kept.certificate.Equal(server.Certificate().NotAfter) || kept.person != "Ada" {
		t.Errorf("noted %+v", kept)
	}
}

// several is a store of deployments.
type several struct {
	tenantStore

	all []deployment.Deployment
}

func (s several) Deployments(context.Context) ([]deployment.Deployment, error) { return s.all, nil }

// TestATestKnowsTheTenantsOfOthers: one tenant has several names, so two addresses may lead to it.
func TestATestKnowsTheTenantsOfOthers(t *testing.T) {
	eu := deployment.Deployment{ID: "1", Name: "eu", TenantID: "t1", Auth: deployment.LocalBearer}
	all := &tenants{store: several{all: []deployment.Deployment{eu, {ID: "2", Name: "us", TenantID: "t2"}, {ID: "3", Name: "new"}}}}
	want, err := all.expectedOf(t.Context(), eu)
	if diff := cmp.Diff(map[string]string{"t2": "us"}, want.Taken); err != nil || diff != "" {
		t.Error(err, diff)
	}
}
