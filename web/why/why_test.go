package why_test

import (
	"strings"
	"testing"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/web/why"
)

// Policies send the app; a mark in one tenant keeps it from there, and the explanation says so.
func TestMarkIsToldBesideThePolicy(t *testing.T) {
	v := why.Of(distribution.Decision{
		App:      &site.App{ID: "a", Name: "Sales", Stream: &site.Stream{Name: "Finance"}},
		Policies: []policy.Policy{{ID: "p", Name: "All", ResourceFilter: "App_*", Actions: policy.ActionDistribute, Version: 1}},
		Targets:  []policy.Target{{ID: "1", Name: "eu"}, {ID: "2", Name: "us"}},
	}, "")
	v.Stays = map[string]bool{"1": true}
	text := strings.Join(v.Text(), "\n")
	for _, want := range []string{`Stays as it is in eu: the copy there is left and marked. Without the mark it would go by policy "All".`, `Goes to us by policy "All".`} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing: %s", want, text)
		}
	}
}
