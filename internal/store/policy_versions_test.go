package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/policy"
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
