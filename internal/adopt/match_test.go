package adopt_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/adopt"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/site"
)

func app(id, name, stream string, size int64) site.App {
	return site.App{ID: id, Name: name, Stream: &site.Stream{Name: stream}, Size: size}
}

// told gives a row in words: its state, and the copies with their reasons.
func told(rows []adopt.Row) map[string]string {
	words := map[string]string{}
	for _, r := range rows {
		text := string(r.State)
		for _, f := range r.Fits {
			text += " | " + f.ID + ": " + strings.Join(f.Reasons, ", ")
		}
		words[r.App.ID] = text
	}
	return words
}

func TestMatch(t *testing.T) {
	d := deployment.Deployment{Auth: deployment.ClientCredentials, Landing: deployment.Landing{Space: "Landing", AppName: "{name} ({stream})"}}
	apps := []site.App{
		app("best", "Sales", "Finance", 1000), app("alone", "Costs", "Finance", 1000), app("gone", "Nowhere", "Finance", 1), app("id", "Renamed", "Finance", 1),
		app("twin1", "Twin", "A", 50), app("twin2", "Twin", "A", 50), app("weak", "Half", "A", 50), app("strong", "Half", "B", 50), app("landed", "Plan", "A", 70),
		app("several", "Many", "A", 50), app("ours", "Ours", "A", 1), app("linked", "Linked", "A", 1), app("marked", "Marked", "A", 1),
	}
	copies := []adopt.Copy{
		{ID: "c1", Name: "sales ", SpaceID: "f", SpaceName: "finance", Size: 1019}, {ID: "c2", Name: "Sales", Size: 1000},
		{ID: "c3", Name: "Costs", SpaceID: "l", SpaceName: "Landing", Size: 5000}, {ID: "id", Name: "Anything"}, {ID: "c4", Name: "Twin"},
		{ID: "c5", Name: "Half", SpaceID: "b", SpaceName: "B"}, {ID: "c6", Name: "Plan (A)", Size: 71}, {ID: "c7", Name: "Many", Size: 1}, {ID: "c8", Name: "Many", Size: 2},
		{ID: "r1", Name: "Ours"}, {ID: "r2", Name: "Linked"}, {ID: "r3", Name: "Marked"}, {ID: "c9", Name: "skyferry S gone 1"}, {ID: "c10", Name: "Nowhere", SpaceName: deployment.TransitSpace},
	}
	now := time.Now()
	placed := []distribution.Placement{
		{AppID: "ours", RemoteID: "r1", SHA256: "x", Adopted: now}, {AppID: "linked", RemoteID: "r2", Adopted: now}, {AppID: "marked", RemoteID: "r3", Marked: true, Left: now},
	}
	want := map[string]string{
		"best":    "proposed | c1: same name, same space as the stream, size within 2 % | c2: same name, size within 2 %",
		"alone":   "proposed | c3: same name, in the space where it would land",
		"gone":    "none",
		"id":      "proposed | id: same id",
		"twin1":   "several fit | c4: same name, fits another app as well",
		"twin2":   "several fit | c4: same name, fits another app as well",
		"weak":    "several fit | c5: same name, fits another app as well",
		"strong":  "proposed | c5: same name, same space as the stream",
		"landed":  "proposed | c6: the name that it would have there, size within 2 %",
		"several": "several fit | c7: same name | c8: same name",
		"ours":    "already ours", "linked": "linked", "marked": "left and marked",
	}
	if diff := cmp.Diff(want, told(adopt.Match(apps, placed, copies, d, "S"))); diff != "" {
		t.Error(diff)
	}
}
