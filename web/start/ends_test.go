package start

import (
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
)

func TestEndingsStandNearestFirst(t *testing.T) {
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	of := func(name string, days int) distribution.Summary {
		return distribution.Summary{Deployment: deployment.Deployment{Name: name, Auth: deployment.ClientCredentials, SecretExpires: now.AddDate(0, 0, days)}}
	}
	gone := of("gone", 1)
	gone.Deployment.Disabled = true
	var got []string
	for _, e := range endings([]distribution.Summary{of("a", 29), of("b", 7), of("c", 31), gone, of("d", -2), of("e", 1)}, now) {
		got = append(got, e.of.Name+" "+e.state+" "+e.words)
	}
	want := "d failed The client secret ended 2 days ago.; e failed The client secret ends in 1 day.; b warning The client secret ends in 7 days.; a warning The client secret ends in 29 days."
	if text := strings.Join(got, "; "); text != want {
		t.Errorf("got %s\nwant %s", text, want)
	}
}
