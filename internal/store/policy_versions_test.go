package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
)

func testPolicyVersions(t *testing.T, w *world) {
	p := w.policy("to eu")
	first := p
	w.clock.pass(time.Minute)
	p.Conditions, p.Tests, p.Reason = `((subject.name="us"))`, `app "a" in stream "s" → must go to us`, "T-1"
	w.must(w.UpdatePolicy(w.ctx, p))
	w.must(w.UpdatePolicy(w.ctx, must(w.Policy(w.ctx, p.ID))(t))) // nothing differs
	p = must(w.Policy(w.ctx, p.ID))(t)
	second := p
	second.Reason = "T-1"
	versions := must(w.PolicyVersions(w.ctx, p.ID))(t)
	if diff := cmp.Diff([]policy.Policy{second, first}, versions); diff != "" {
		t.Error(diff)
	}
	w.must(w.DeletePolicies(w.ctx, []string{p.ID}))
	if got := must(w.PolicyAt(w.ctx, p.ID, 1))(t); !cmp.Equal(got, first) {
		t.Error(cmp.Diff(first, got))
	}
	_, err := w.PolicyAt(w.ctx, p.ID, 3)
	refused(t, err, fault.NotFound, "")
}

func testMovingIn(t *testing.T, w *world) {
	w.app("a1", "Margin", w.stream("S"))
	rule := func(id, name string) policy.Policy {
		return policy.Policy{Name: name, Template: "Unspecified", ResourceFilter: "App_*", Actions: policy.ActionDistribute, Conditions: `subject.name="eu"`, Origin: id, Reason: "Moved in"}
	}
	w.events()
	w.must(w.MoveIn(w.ctx, []policy.Policy{rule("r1", "One"), rule("r2", "Two")}))
	if got := w.events(); !cmp.Equal(got, []site.EventKind{"policy-changed"}) {
		t.Errorf("events %v", got)
	}
	all := must(w.AllPolicies(w.ctx))(t)
	if len(all) != 2 || all[0].Origin != "r1" || all[1].Origin != "r2" {
		t.Fatalf("stored %+v", all)
	}
	if history := must(w.History(w.ctx, "policy", all[0].ID))(t); len(history) != 1 || history[0].Action != "moved in" || history[0].Actor != "anna" {
		t.Errorf("history %+v", history)
	}
	refused(t, w.MoveIn(w.ctx, []policy.Policy{rule("r3", "Three"), rule("r1", "Again")}), fault.Conflict, "")
	refused(t, w.MoveIn(w.ctx, []policy.Policy{rule("r3", "Three"), rule("r4", "ONE")}), fault.Conflict, "name")
	if all = must(w.AllPolicies(w.ctx))(t); len(all) != 2 {
		t.Errorf("a part was imported: %+v", all)
	}
	p := all[0]
	p.Conditions = `subject.name="us"`
	w.must(w.UpdatePolicy(w.ctx, p))
	if p = must(w.Policy(w.ctx, p.ID))(t); p.Origin != "r1" {
		t.Errorf("a change lost where it came from: %+v", p)
	}
	w.must(w.DeletePolicies(w.ctx, []string{p.ID}))
	w.must(w.MoveIn(w.ctx, []policy.Policy{rule("r1", "Again")}))
}

func testGuards(t *testing.T, w *world) {
	id := must(w.CreatePolicy(w.ctx, policy.Policy{Effect: policy.Never, Name: "HR stays", ResourceFilter: "App_*", Conditions: "true", Reason: "law"}))(t)
	p := must(w.Policy(w.ctx, id))(t)
	if p.Effect != policy.Never || len(must(w.Policies(w.ctx))(t)) != 1 {
		t.Errorf("stored %+v", p)
	}
	_, err := w.CreatePolicy(w.ctx, policy.Policy{Name: "hr STAYS"})
	refused(t, err, fault.Conflict, "name")
	p.Effect = policy.Grant
	refused(t, w.UpdatePolicy(w.ctx, p), fault.Invalid, "")
	w.clock.pass(time.Minute)
	w.must(w.DeletePolicies(w.ctx, []string{id}))
	history := must(w.History(w.ctx, "guard", id))(t)
	if len(history) != 2 || history[0].ObjectKind != "guard" || history[0].Action != "deleted" {
		t.Errorf("history %+v", history)
	}
	var notes string
	w.must(w.Writer().QueryRow(`SELECT GROUP_CONCAT(note) FROM (SELECT note FROM events ORDER BY created)`).Scan(&notes))
	if diff := cmp.Diff(`guard "HR stays" applied,deleted: guard "HR stays"`, notes); diff != "" {
		t.Error(diff)
	}
}

// TestOnlyTheNewestVersionsAreKept counts beyond the limit.
func TestOnlyTheNewestVersionsAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openSQLite)
	p := w.policy("often")
	for i := range 203 {
		p.Description = fmt.Sprint(i)
		w.must(w.UpdatePolicy(w.ctx, p))
		p.Version++
	}
	versions := must(w.PolicyVersions(w.ctx, p.ID))(t)
	if len(versions) != 200 || versions[0].Version != 204 || versions[199].Version != 5 {
		t.Errorf("%d versions, from %d to %d", len(versions), versions[0].Version, versions[len(versions)-1].Version)
	}
	_, err := w.PolicyAt(w.ctx, p.ID, 4)
	refused(t, err, fault.NotFound, "")
}
