package distribution

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/site"
)

func TestLandingOf(t *testing.T) {
	t.Parallel()
	app := site.App{
		ID: "id-1", Name: "KPIs {stream}", Stream: &site.Stream{Name: `R&D: "EU" / {property}`}, Owner: site.Owner{Name: "Ann"},
		Properties: map[string][]string{"Region": {"North", "South"}},
	}
	for name, test := range map[string]struct {
		auth deployment.Auth
		land deployment.Landing
		want Landing
	}{
		"staged":                    {deployment.LocalBearer, deployment.Landing{Space: "x", AppName: "{id}"}, Landing{Name: app.Name, Rule: "staged"}},
		"one":                       {deployment.APIKey, deployment.Landing{Space: "All"}, Landing{Space: "All", Name: app.Name, Rule: "one space for all apps"}},
		"stream, values stay as is": {deployment.JWTProvider, deployment.Landing{By: deployment.ByStream, Space: "{stream}"}, Landing{Space: "R&D- -EU- - {property}", Name: app.Name, Rule: "by stream: " + app.Stream.Name}},
		"property, the first value": {deployment.ClientCredentials, deployment.Landing{By: deployment.ByProperty, Property: "Region", Space: "{property} apps", AppName: "{name} {property} {owner} {id}"},
			Landing{Space: "North apps", Name: "KPIs {stream} North Ann id-1", Rule: "by custom property: Region = North"}},
		"property without value": {deployment.ClientCredentials, deployment.Landing{By: deployment.ByProperty, Property: "Team", Space: "{property}"},
			Landing{Name: app.Name, Rule: "by custom property: Team = ", Why: "The app has no value of the custom property Team, which names the space that it lands in."}},
	} {
		if diff := cmp.Diff(test.want, LandingOf(deployment.Deployment{Auth: test.auth, Landing: test.land}, app)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// A landing that adds nothing leaves the fingerprint as it was, so that an upgrade touches no placed app.
func TestMetaHashHasWhatTheLandingTells(t *testing.T) {
	t.Parallel()
	app := site.App{ID: "a", Name: "Sales", Stream: &site.Stream{Name: "Finance"}}
	of := func(l deployment.Landing) string {
		return MetaHash(app, deployment.Deployment{Auth: deployment.ClientCredentials, Landing: l})
	}
	plain := MetaHash(app, deployment.Deployment{Auth: deployment.LocalBearer})
	if of(deployment.Landing{Space: "Old", Create: true}) != plain || of(deployment.Landing{By: deployment.ByStream, Space: "{stream}", AppName: "{name}"}) != plain {
		t.Error("the space counts as metadata")
	}
	seen := map[string]bool{plain: true}
	for _, l := range []deployment.Landing{{AppName: "{name} x"}, {Owner: deployment.OwnerSame}, {Owner: deployment.OwnerFixed, OwnerUser: "a"}, {Owner: deployment.OwnerFixed, OwnerUser: "b"}} {
		if hash := of(l); seen[hash] {
			t.Errorf("%+v changes nothing", l)
		} else {
			seen[hash] = true
		}
	}
}

// A member that a new space did not get is told with the app, although a later run ends the delivery.
func TestMissingMemberIsToldByALaterRun(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.ClientCredentials)
	w.tenant.groups = nil
	w.event(site.Published)
	w.settle()
	w.exactlyOnce()
	if p := w.store.placements[0]; len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], "Readers") {
		t.Errorf("warnings %q\n%v", p.Warnings, w.tenant.calls)
	}
}

// What another delivery, or somebody, makes between our look and our call is taken as it is: that is no failure of the delivery.
func TestWhatWasMadeMeanwhileIsTaken(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.ClientCredentials)
	met := map[string]int{}
	w.tenant.refuse = func(call string) error {
		if call == "CreateSpace" || call == "CreateCollection" {
			met[call]++
			w.tenant.other = true
		}
		return nil
	}
	w.event(site.Published)
	w.settle()
	w.exactlyOnce()
	w.landedWell()
	if met["CreateSpace"] != 2 || met["CreateCollection"] != 2 {
		t.Errorf("made %v\n%v", met, w.tenant.calls)
	}
	if all := w.store.attempts[w.current().ID]; len(all) != 1 || all[0].Error != "" {
		t.Errorf("attempts %+v", all)
	}
}
