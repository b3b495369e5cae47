package policy_test

import (
	"testing"

	"github.com/skyferry/skyferry/internal/policy"
)

func TestUsesProperty(t *testing.T) {
	for conditions, want := range map[string]bool{
		``:                                          false,
		`resource.@Cloud="eu"`:                      true,
		`((subject.name=resource.@cloud))`:          true,
		`!resource.stream.owner.@CLOUD.Empty()`:     true,
		`resource.@CloudTwo="eu"`:                   false,
		`resource.name="@Cloud"`:                    false,
		`subject.name="eu" and resource.@Cloud="eu`: true, // cannot be read to its end, and means it all the same
	} {
		if got := policy.UsesProperty(conditions, "Cloud"); got != want {
			t.Errorf("%s: %v", conditions, got)
		}
	}
}

func TestIsPropertyName(t *testing.T) {
	for name, want := range map[string]bool{
		"Cloud": true, "_x": true, "Größe": true, "data-class": true, "and": true, "Empty": true, "a1": true,
		"": false, "1a": false, "two words": false, "a.b": false, "@Cloud": false, " Cloud": false, "a\n": false,
		`a="x" or resource.b`: false, `a.Empty() or resource.@b`: false,
	} {
		if got := policy.IsPropertyName(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}
