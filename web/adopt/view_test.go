package adopt

import (
	"testing"

	"github.com/skyferry/skyferry/internal/adopt"
)

func TestReasonsAreThoseOfTheBestCopies(t *testing.T) {
	near, far := adopt.Fit{Reasons: []string{"same name", "same space as the stream"}}, adopt.Fit{Reasons: []string{"same name"}}
	for want, row := range map[string]adopt.Row{
		"same name, same space as the stream":         {State: adopt.Proposed, Fits: []adopt.Fit{near, far}},
		"each: same name":                             {State: adopt.Several, Fits: []adopt.Fit{far, far}},
		"2 of 3: same name, same space as the stream": {State: adopt.Several, Fits: []adopt.Fit{near, near, far}},
	} {
		if got := reasonWords(row); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
