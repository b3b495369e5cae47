package distribution_test

import (
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
)

func TestOnlyTenantsOnThisHostSettleSoon(t *testing.T) {
	for endpoint, want := range map[string]time.Duration{
		"http://127.0.0.1:8091": 5 * time.Second, "http://localhost:8091": 5 * time.Second, "http://[::1]:8091": 5 * time.Second,
		"https://acme.eu.qlikcloud.com": 10 * time.Minute, "http://10.0.0.5:8091": 10 * time.Minute,
	} {
		d := deployment.Deployment{Endpoint: endpoint, Kind: deployment.Sandbox}
		if got := distribution.DefaultSettle(d); got != want {
			t.Errorf("%s settles within %s, want %s", endpoint, got, want)
		}
	}
}
