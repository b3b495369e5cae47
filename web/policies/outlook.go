package policies

import (
	"maps"
	"slices"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/web/ui"
)

// outlook holds a rule against what the stored ones do now, for all published apps at once.
type outlook struct {
	apps                 *policy.Apps
	live                 []deployment.Deployment
	guard                bool
	marked               map[string]policy.Bits // apps whose copy in the tenant stays as it is, by the deployment's id
	alone, before, after *policy.Set
}

// columns are the apps of one deployment, by number.
type columns struct{ alone, newly, gone policy.Bits }

func (c outlook) result() (r result) {
	before, after := c.before.Matrix(c.apps, targets(c.live)), c.after.Matrix(c.apps, targets(c.live))
	var all []columns
	for i, t := range targets(c.live) {
		own, stay, out := c.own(t), c.marked[c.live[i].ID], notTaken(c.apps, c.live[i])
		changes := func(to, from policy.Bits) policy.Bits { return to.Minus(from).Minus(stay).Minus(out) }
		col := columns{changes(own, nil), changes(after[i], before[i]), changes(before[i], after[i])}
		all = append(all, col)
		sent := own.Minus(stay)
		r.Lines = append(r.Lines, line{Deployment: c.live[i], Alone: col.alone.Count(), New: col.newly.Count(), Gone: col.gone.Count(), Marked: own.Count() - sent.Count()})
		if !c.guard {
			r.Lines[i].NotTaken = c.reasons(c.live[i], sent.Minus(col.alone))
		}
	}
	r.Published = c.apps.Len()
	c.sample(&r, all)
	return r
}

// notTaken are the apps that a deployment does not take whatever the policies say; nil: it takes all.
func notTaken(apps *policy.Apps, d deployment.Deployment) policy.Bits {
	if d.Admission == (deployment.Admission{}) {
		return nil
	}
	return apps.Where(func(app site.App) bool { return distribution.StaysOut(d, app) != "" })
}

// reasons count why apps that a rule sends are not taken: "2 too large for eu".
func (c outlook) reasons(d deployment.Deployment, not policy.Bits) (said []string) {
	counts := map[string]int{}
	not.Each(func(i int) { counts[distribution.StaysOut(d, c.apps.At(i))]++ })
	for _, why := range slices.Sorted(maps.Keys(counts)) {
		said = append(said, ui.Number(counts[why])+" "+why)
	}
	return said
}

// own gives the apps that the rule itself sends to a target; of a guard those that it takes away from the policies.
func (c outlook) own(t policy.Target) policy.Bits {
	if !c.guard {
		return c.alone.Granted(c.apps, t)
	}
	taken := c.alone.Guarded(c.apps, t)
	taken.And(c.after.Granted(c.apps, t))
	return taken
}

// sample counts the apps that the rule sends anywhere, and lists some, those that change first.
func (c outlook) sample(r *result, all []columns) {
	var changed, matched policy.Bits
	for _, col := range all {
		if matched == nil {
			matched, changed = col.alone.Minus(nil), col.newly.Minus(nil)
		}
		matched.Or(col.alone)
		changed.Or(col.newly)
		changed.Or(col.gone)
	}
	matched.Each(func(i int) {
		r.Matched++
		r.Size += c.apps.At(i).Size
	})
	changed.Each(func(i int) { c.list(r, all, i) })
	matched.Minus(changed).Each(func(i int) { c.list(r, all, i) })
}

// list puts an app on the list while there is room.
func (c outlook) list(r *result, all []columns, i int) {
	if len(r.Sample) == maxSample {
		return
	}
	found := sampled{App: c.apps.At(i)}
	for n, col := range all {
		name := c.live[n].Name
		if col.alone.Has(i) {
			found.To = append(found.To, name)
		}
		if col.newly.Has(i) {
			found.Newly = append(found.Newly, name)
		}
		if col.gone.Has(i) {
			found.Gone = append(found.Gone, name)
		}
	}
	r.Sample = append(r.Sample, found)
}
