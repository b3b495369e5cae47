package main

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

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
