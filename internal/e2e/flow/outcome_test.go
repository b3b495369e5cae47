package flow

import (
	"net/http"
	"testing"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/faults"
	"github.com/skyferry/skyferry/internal/store"
)

// TestImportsThatOutliveTheGateway gives up on every import of an app, while the tenant goes on with it.
func TestImportsThatOutliveTheGateway(t *testing.T) {
	t.Parallel()
	tr := newTrial(t)
	for version := range 3 {
		for _, p := range tr.named() {
			p.lay(faults.Fault{Kind: faults.LateImport, Wait: 0.4, Calls: 100, For: 60})
		}
		id := tr.bring("Sales")
		for _, p := range tr.named() {
			row := tr.arrived(id, p.id)
			if hits := p.laid()[0].Hits; hits != 1 || row.Delivery.Tries > 1 {
				t.Errorf("version %d: %d imports and %d tries at the tenant for %s apps", version, hits, row.Delivery.Tries, tr.name(p))
			}
		}
		tr.holds()
	}
}

// TestPublishesThatOutliveTheGateway does the same with every publish into a managed space: the first, and those over the app.
func TestPublishesThatOutliveTheGateway(t *testing.T) {
	t.Parallel()
	tr := newTrial(t)
	for version := range 3 {
		tr.managed.lay(faults.Fault{Kind: faults.LateImport, Endpoint: "publish", Wait: 0.4, Calls: 100, For: 60})
		row := tr.arrived(tr.bring("Sales"), tr.managed.id)
		if hits := tr.managed.laid()[0].Hits; hits != 1 || row.Delivery.Tries > 1 {
			t.Errorf("version %d: %d publishes and %d tries", version, hits, row.Delivery.Tries)
		}
		tr.holds()
	}
}

// TestLateRename describes an app again while it is not known what came of the first change, which the tenant makes late.
func TestLateRename(t *testing.T) {
	t.Parallel()
	tr := newTrial(t)
	id := tr.bring("Sales")
	tr.holds()
	for _, p := range tr.named() {
		p.lay(faults.Fault{Kind: faults.LateImport, Endpoint: "app-change", Wait: 1})
	}
	describe := func(text string) {
		tr.ok(tr.store.EditApp(tr.ctx, id, store.AppEdit{Name: "Sales", Description: text}))
	}
	describe("the first")
	for _, p := range tr.named() {
		tr.until(func() (bool, string) { return p.laid()[0].Hits > 0, "no change came" })
	}
	describe("the second")
	for _, p := range tr.named() {
		tr.row(id, p.id, distribution.Distributed)
	}
	tr.holds()
	for _, p := range tr.named() {
		if got := p.only().Description; got != "the second" {
			t.Errorf("the tenant for %s apps has the description %q", tr.name(p), got)
		}
	}
}

// TestSpentDayHoldsUpNothing replaces an app while the tenant refuses the import of its older data until the next day. Retry
// sends the newer version; the older one never comes over it.
func TestSpentDayHoldsUpNothing(t *testing.T) {
	t.Parallel()
	tr := newTrial(t)
	gates := map[string]*gate{}
	for _, p := range tr.named() {
		p.lay(faults.Fault{Kind: faults.DailyLimit, For: 600})
		gates[p.id] = p.before(http.MethodPost, "/import")
	}
	id := tr.bring("Sales")
	for _, p := range tr.named() {
		tr.await(gates[p.id]) // so that the older delivery is not overtaken by the decision
	}
	tr.bring("Sales")
	tr.decided()
	for _, p := range tr.named() {
		gates[p.id].open()
		tr.until(func() (bool, string) {
			tr.mend(p)
			detail, err := tr.store.StatusDetail(tr.ctx, id, p.id)
			tr.ok(err)
			return len(detail.Versions) == 1 && detail.Versions[0].State == distribution.Superseded, "the older delivery still waits"
		})
		tr.row(id, p.id, distribution.Retrying)
		p.healthy(tr.world)
		tr.mend(p)
	}
	tr.holds()
}
