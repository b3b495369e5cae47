package site_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/site"
)

func TestAgainst(t *testing.T) {
	app := func(name, stream string, cloud ...string) site.App {
		a := site.App{Name: name, Properties: map[string][]string{"Cloud": cloud}}
		if stream != "" {
			a.Stream = &site.Stream{ID: stream, Name: "Stream " + stream}
		}
		return a
	}
	for name, c := range map[string]struct {
		shown, wanted, now site.App
		differs            []site.Difference
	}{
		"nothing changed":           {app("A", "f", "eu"), app("A", "f", "us"), app("A", "f", "eu"), nil},
		"both wanted the same":      {app("A", "f", "eu"), app("A", "f", "us"), app("A", "f", "us"), nil},
		"the order is no change":    {app("A", "f", "eu", "us"), app("A", "f"), app("A", "f", "us", "eu"), nil},
		"another value":             {app("A", "f", "eu"), app("A", "f", "us"), app("A", "f"), []site.Difference{{"Cloud", "us", ""}}},
		"another name":              {app("A", "f"), app("A", "f"), app("B", "f"), []site.Difference{{"Name", "A", "B"}}},
		"moved meanwhile":           {app("A", "f"), app("A", "s"), app("A", "h"), []site.Difference{{"Stream", "Stream s", "Stream h"}}},
		"unpublished meanwhile":     {app("A", "f"), app("A", "s"), app("A", ""), []site.Difference{{"Stream", "Stream s", "not published"}}},
		"published there meanwhile": {app("A", ""), app("A", "s"), app("A", "s"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			var differs []site.Difference
			if stale, ok := errors.AsType[*site.Stale](site.Against(c.shown, c.wanted, c.now)); ok {
				differs = stale.Differs
			}
			if diff := cmp.Diff(c.differs, differs); diff != "" {
				t.Error(diff)
			}
		})
	}
	err := site.Against(app("A", "f", "eu"), app("A", "f", "us"), app("B", "f"))
	if want := "The app was changed by somebody else meanwhile: Name is B at the site now, A here; Cloud is empty at the site now, us here."; err.Error() != want {
		t.Errorf("said %q", err)
	}
}
