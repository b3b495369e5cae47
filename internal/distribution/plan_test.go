package distribution

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// situation is a published app, one policy that names "eu", and deployments eu (bound to tenant T) and us (unbound).
func situation(kind EventKind, change func(*Situation)) Situation {
	s := Situation{
		Event: Event{ID: "e", Kind: kind}, AppID: "a", Now: noon,
		App: &site.App{ID: "a", Name: "Sales", Stream: &site.Stream{ID: "s", Name: "Finance"}, Generation: 2},
		Policies: []policy.Policy{{ID: "p", Name: "Finance to eu", Version: 4, ResourceFilter: "App_*",
			Actions: policy.ActionDistribute, Conditions: `((subject.name="eu"))`}},
		Deployments: []deployment.Deployment{{ID: "eu", Name: "eu", TenantID: "T"}, {ID: "us", Name: "us"}},
	}
	if change != nil {
		change(&s)
	}
	return s
}

// placed and going are a placement and a delivery of the app as it is.
func placed(s *Situation) Placement {
	return Placement{AppID: "a", TenantID: "T", RemoteID: "r", Version: s.App.DataVersion(), MetaHash: MetaHash(*s.App, deployment.Deployment{})}
}

func going(s *Situation, id string, state State) Delivery {
	return Delivery{ID: id, AppID: "a", DeploymentID: "eu", State: state, Version: s.App.DataVersion(), MetaHash: MetaHash(*s.App, deployment.Deployment{}),
		Why: Why{PolicyID: "p", PolicyVersion: 4}}
}

// started are the essentials of a delivery that a plan starts.
type started struct {
	To           string
	MetadataOnly bool
	Forced       bool
	Overdue      bool
}

func TestPlan(t *testing.T) {
	type want struct {
		Start     []started
		Supersede []string
		Cancel    []Cancellation
		Spare     []string
		Leave     []Leaving
		TakeUp    []string
	}
	whole, renamed, forced := []started{{To: "eu"}}, []started{{To: "eu", MetadataOnly: true}}, []started{{To: "eu", Forced: true}}
	older := func(d Delivery) Delivery { d.Version.Generation--; return d }
	begun := func(d Delivery) Delivery { d.ImportStarted, d.Stage = noon, Importing; return d }
	overdue := func(d Delivery) Delivery { d.Overdue, d.Stage = true, Uploading; return d }
	byHand := func(d Delivery) Delivery {
		d = begun(d)
		d.Unwanted, d.UnwantedCause = "cancelled by ada", CancelledByAdmin
		return d
	}
	tests := map[string]struct {
		kind   EventKind
		change func(*Situation)
		want   want
	}{
		"published for the first time":    {site.Published, nil, want{Start: whole}},
		"nothing has changed":             {site.Reloaded, func(s *Situation) { s.Placements = []Placement{placed(s)} }, want{}},
		"other data":                      {site.Replaced, func(s *Situation) { s.Placements = []Placement{placed(s)}; s.App.Generation++ }, want{Start: whole}},
		"older data counts as other data": {site.Replaced, func(s *Situation) { s.Placements = []Placement{placed(s)}; s.App.Generation-- }, want{Start: whole}},
		"only another name":               {site.Changed, func(s *Situation) { s.Placements = []Placement{placed(s)}; s.App.Name = "B" }, want{Start: renamed}},
		"requested":                       {site.Requested, func(s *Situation) { s.Placements = []Placement{placed(s)} }, want{Start: forced}},
		"requested, one waits":            {site.Requested, func(s *Situation) { s.Deliveries = []Delivery{going(s, "d", Waiting)} }, want{}},
		"requested, one is under way": {site.Requested, func(s *Situation) {
			d := going(s, "d", Uploading)
			d.Stage = Uploading
			s.Deliveries = []Delivery{d}
		}, want{Start: []started{{To: "eu", Forced: true, Overdue: true}}, Supersede: []string{"d"}}},
		"requested, only a change of metadata waits": {site.Requested, func(s *Situation) {
			d := going(s, "d", Waiting)
			d.MetadataOnly = true
			s.Deliveries, s.Placements = []Delivery{d}, []Placement{placed(s)}
		}, want{Start: forced, Supersede: []string{"d"}}},
		"the same is under way": {site.Reloaded, func(s *Situation) { s.Deliveries = []Delivery{going(s, "d", Uploading)} }, want{}},
		"something older is under way": {site.Replaced, func(s *Situation) { s.Deliveries = []Delivery{older(going(s, "d", Uploading))} },
			want{Start: whole, Supersede: []string{"d"}}},
		"something older is overdue, and its work has begun": {site.Reloaded, func(s *Situation) { s.Deliveries = []Delivery{overdue(older(going(s, "d", Uploading)))} },
			want{Start: whole}},
		"something older is overdue, and retries its upload": {site.Reloaded, func(s *Situation) { s.Deliveries = []Delivery{overdue(older(going(s, "d", Retrying)))} },
			want{Start: whole}},
		"something older is overdue, and paused": {site.Reloaded, func(s *Situation) { s.Deliveries = []Delivery{overdue(older(going(s, "d", Paused)))} },
			want{Start: []started{{To: "eu", Overdue: true}}, Supersede: []string{"d"}}},
		"something older is overdue, and waits for its turn": {site.Reloaded, func(s *Situation) {
			d := overdue(older(going(s, "d", Retrying)))
			d.Cause, d.Stage = SiteBusy, Exporting
			s.Deliveries = []Delivery{d}
		}, want{Start: []started{{To: "eu", Overdue: true}}, Supersede: []string{"d"}}},
		"somebody is cancelling the same": {site.Reloaded, func(s *Situation) { s.Deliveries = []Delivery{byHand(going(s, "d", Importing))} },
			want{Spare: []string{"d"}}},
		"somebody is cancelling the same, and a stream changes": {SiteChanged, func(s *Situation) { s.Deliveries = []Delivery{byHand(going(s, "d", Importing))} },
			want{}},
		"somebody is cancelling something older": {site.Reloaded, func(s *Situation) { s.Deliveries = []Delivery{byHand(older(going(s, "d", Importing)))} },
			want{Start: whole}},
		"something older is being imported": {site.Replaced, func(s *Situation) { s.Deliveries = []Delivery{begun(older(going(s, "d", Importing)))} },
			want{Start: whole}},
		"something older retries after its import": {site.Replaced, func(s *Situation) { s.Deliveries = []Delivery{begun(older(going(s, "d", Retrying)))} },
			want{Start: whole}},
		"renamed while the data is being imported": {site.Changed, func(s *Situation) {
			s.Deliveries = []Delivery{begun(going(s, "d", Importing))}
			s.App.Name = "B"
		}, want{Start: renamed}},
		"renamed back while another waits": {site.Changed, func(s *Situation) {
			d := going(s, "d", Waiting)
			d.MetaHash, d.MetadataOnly = "other", true
			s.Deliveries, s.Placements = []Delivery{d}, []Placement{placed(s)}
		}, want{Start: renamed, Supersede: []string{"d"}}},
		"renamed back after the other name failed": {site.Changed, func(s *Situation) {
			d := going(s, "d", Failed)
			d.MetaHash, d.MetadataOnly = "other", true
			s.Deliveries, s.Placements = []Delivery{d}, []Placement{placed(s)}
		}, want{Start: renamed, Supersede: []string{"d"}}},
		"enabled again, cancelled by the disabling": {DeploymentChanged, func(s *Situation) {
			d, p := going(s, "d", Cancelled), placed(s)
			d.Cause, p.Left = NotWanted, noon
			s.Deliveries, s.Placements = []Delivery{d}, []Placement{p}
		}, want{Start: renamed, TakeUp: []string{"T"}}},
		"cancelled by an admin, nothing has changed": {PolicyChanged, func(s *Situation) {
			d := going(s, "d", Cancelled)
			d.Cause = CancelledByAdmin
			s.Deliveries, s.Placements = []Delivery{d}, []Placement{placed(s)}
		}, want{}},
		"failed before, published again": {site.Published, func(s *Situation) { s.Deliveries = []Delivery{going(s, "d", Failed)} },
			want{Start: whole, Supersede: []string{"d"}}},
		"failed before, policy applied": {PolicyChanged, func(s *Situation) { s.Deliveries = []Delivery{going(s, "d", Failed)} },
			want{Start: whole, Supersede: []string{"d"}}},
		"failed before, something else changed": {SiteChanged, func(s *Situation) { s.Deliveries = []Delivery{going(s, "d", Failed)} }, want{}},
		"not wanted before, wanted by a change of the site": {SiteChanged, func(s *Situation) {
			d := going(s, "d", Cancelled)
			d.Cause = NotWanted
			s.Deliveries = []Delivery{d}
		}, want{Start: whole}},
		"unpublished": {site.Unpublished, func(s *Situation) {
			s.Placements, s.Deliveries = []Placement{placed(s)}, []Delivery{going(s, "d", Paused)}
			s.App.Stream = nil
		}, want{Cancel: []Cancellation{{"d", "the app was unpublished"}}, Leave: []Leaving{{"T", "the app was unpublished"}}}},
		"deleted": {site.Deleted, func(s *Situation) {
			s.Placements, s.Deliveries = []Placement{placed(s)}, []Delivery{going(s, "d", Failed)}
			s.App = nil
		}, want{Cancel: []Cancellation{{"d", "the app was deleted from the site"}}, Leave: []Leaving{{"T", "the app was deleted from the site"}}}},
		"deleted when it was left already": {site.Deleted, func(s *Situation) {
			p := placed(s)
			p.Left = noon
			s.Placements, s.App = []Placement{p}, nil
		}, want{}},
		"policy names it no more": {PolicyChanged, func(s *Situation) {
			s.Placements, s.Deliveries = []Placement{placed(s)}, []Delivery{going(s, "d", Distributed)}
			s.Policies[0].Conditions, s.Policies[0].Version = `((subject.name="asia"))`, 5
		}, want{Leave: []Leaving{{"T", `no policy names it since "Finance to eu", version 5`}}}},
		"policy deleted": {PolicyChanged, func(s *Situation) { s.Placements, s.Policies = []Placement{placed(s)}, nil },
			want{Leave: []Leaving{{"T", "no policy names it any more"}}}},
		"deployment disabled": {DeploymentChanged, func(s *Situation) {
			s.Placements, s.Deliveries = []Placement{placed(s)}, []Delivery{going(s, "d", Waiting)}
			s.Deployments[0].Disabled = true
		}, want{Cancel: []Cancellation{{"d", `deployment "eu" is disabled`}}, Leave: []Leaving{{"T", `deployment "eu" is disabled`}}}},
		"deployment gone": {DeploymentChanged, func(s *Situation) {
			s.Placements, s.Deliveries = []Placement{placed(s)}, []Delivery{going(s, "d", Waiting)}
			s.Deployments = s.Deployments[1:]
		}, want{Cancel: []Cancellation{{"d", "its deployment was deleted"}}, Leave: []Leaving{{"T", "no deployment goes to this tenant any more"}}}},
		"taken up again": {site.Published, func(s *Situation) {
			p := placed(s)
			p.Left = noon
			s.Placements = []Placement{p}
		}, want{TakeUp: []string{"T"}}},
		"taken up again with another name": {site.Published, func(s *Situation) {
			p := placed(s)
			p.Left, p.MetaHash = noon, "other"
			s.Placements = []Placement{p}
		}, want{TakeUp: []string{"T"}, Start: renamed}},
		"an empty name matches nothing": {DeploymentChanged, func(s *Situation) { s.Policies[0].Conditions = `((subject.name=""))` }, want{}},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			p := Planner()(situation(c.kind, c.change))
			got := want{Supersede: p.Supersede, Cancel: p.Cancel, Spare: p.Spare, Leave: p.Leave, TakeUp: p.TakeUp}
			for _, d := range p.Start {
				got.Start = append(got.Start, started{d.DeploymentID, d.MetadataOnly, d.Forced, d.Overdue})
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPlannedDelivery(t *testing.T) {
	p := Planner()(situation(site.Published, nil))
	want := Delivery{AppID: "a", AppName: "Sales", StreamName: "Finance", DeploymentID: "eu", State: Waiting, EventID: "e",
		Version: site.DataVersion{Generation: 2}, Why: Why{PolicyID: "p", PolicyName: "Finance to eu", PolicyVersion: 4}}
	if diff := cmp.Diff(want, p.Start[0], cmpopts.IgnoreFields(Delivery{}, "MetaHash"), cmpopts.IgnoreFields(Why{}, "Because")); diff != "" {
		t.Error(diff)
	}
	if p.Start[0].Why.Because == "" {
		t.Error("the reason does not say which part matched")
	}
}

func TestMetaHash(t *testing.T) {
	base := func() site.App {
		return site.App{Name: "A", Description: "d", Owner: site.Owner{ID: "o"}, Stream: &site.Stream{ID: "s"},
			Properties: map[string][]string{"Region": {"EU"}}, Tags: []string{"x"}}
	}
	for name, change := range map[string]func(*site.App){
		"name":        func(a *site.App) { a.Name = "B" },
		"description": func(a *site.App) { a.Description = "" },
		"owner":       func(a *site.App) { a.Owner.Name = "Ada" },
		"stream":      func(a *site.App) { a.Stream = &site.Stream{ID: "t"} },
		"property":    func(a *site.App) { a.Properties = map[string][]string{"Region": {"US"}} },
		"tags":        func(a *site.App) { a.Tags = nil },
		"shifted":     func(a *site.App) { a.Name, a.Description = "Ad", "" },
	} {
		a := base()
		change(&a)
		if MetaHash(a, deployment.Deployment{}) == MetaHash(base(), deployment.Deployment{}) {
			t.Errorf("another %s gives the same hash", name)
		}
	}
	for name, change := range map[string]func(*site.App){
		"data":           func(a *site.App) { a.Generation, a.SHA256, a.LastReload = 9, "x", noon },
		"empty property": func(a *site.App) { a.Properties["Other"] = nil },
	} {
		a := base()
		change(&a)
		if MetaHash(a, deployment.Deployment{}) != MetaHash(base(), deployment.Deployment{}) {
			t.Errorf("%s changes the hash", name)
		}
	}
}
