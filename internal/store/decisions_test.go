package store_test

import (
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/policy"
)

func TestDecisionsOnSQLite(t *testing.T) { testDecisions(t, openOnSQLite) }

// testDecisions is what every database must remember of decisions.
func testDecisions(t *testing.T, open storeOpener) {
	f := newFlight(t, open)
	id, err := f.CreatePolicy(f.ctx, policy.Policy{Name: "Old name", ResourceFilter: "App_*", Actions: policy.ActionDistribute, Conditions: `subject.name="eu"`})
	f.ok(err)
	app, sent := f.sent("Sales", f.eu)
	f.pass(time.Hour)
	p, err := f.Policy(f.ctx, id)
	f.ok(err)
	p.Name, p.Conditions = "New name", `subject.name="us"`
	f.ok(f.UpdatePolicy(f.ctx, p))
	f.decide(sendTo())

	now, err := f.Decision(f.ctx, app, "")
	f.ok(err)
	then, err := f.Decision(f.ctx, app, sent.EventID)
	f.ok(err)
	if now.Policies[0].Name != "New name" || then.Policies[0].Name != "Old name" || then.Policies[0].Version != 1 || !now.At.After(then.At) {
		t.Errorf("now %+v\nthen %+v", now, then)
	}
	if then.App == nil || then.App.Stream.Name != "Finance" || len(then.Targets) != 2 || then.Lost != 0 {
		t.Errorf("then: %+v", then)
	}
	if set := policy.Compile(then.Policies); !set.Reaches(*then.App, policy.Target{ID: f.eu, Name: "eu"}) {
		t.Error("the decision of then cannot be repeated")
	}
	if _, err := f.Decision(f.ctx, "none", ""); !fault.Is(err, fault.NotFound) {
		t.Errorf("no decision: %v", err)
	}
	f.ok(f.DeleteApp(f.ctx, app))
	f.decide(sendTo())
	gone, err := f.Decision(f.ctx, app, "")
	f.ok(err)
	if gone.App != nil {
		t.Errorf("of a deleted app: %+v", gone.App)
	}
	f.ok(f.Sweep(f.ctx, time.Hour))
	_ = distribution.Decision{}
}
