package site

import (
	"time"

	"github.com/skyferry/skyferry/internal/e2e/driver"
)

const (
	steps   = 30 // of one seed
	maxApps = 10
)

// live lets people work and things go wrong.
func (w *world) live() {
	w.Helper()
	w.note()
	for w.step = range steps {
		switch n := w.IntN(20); {
		case n < 14:
			w.act()
		case n < 18:
			w.trouble()
		default:
			w.befall()
		}
		w.note()
		time.Sleep(time.Duration(w.IntN(120)) * time.Millisecond) // the random moment
	}
}

// act is what people do in the hub, or an admin in the console.
func (w *world) act() {
	w.Helper()
	published, others := w.those(true), w.those(false)
	if len(published) == 0 || len(others) > 0 && w.IntN(5) == 0 {
		w.publish(others)
		return
	}
	a := published[w.IntN(len(published))]
	switch w.IntN(13) {
	case 0, 1:
		w.do(a, "reload", nil)
	case 2:
		w.do(a, "reload", map[string]any{"fail": true})
	case 3:
		w.replace(a)
	case 4, 5:
		w.do(a, "move", map[string]any{"stream": w.of(streams)})
	case 6:
		w.do(a, "rename", map[string]any{"name": w.name()})
	case 7:
		w.do(a, "owner", map[string]any{"owner": `ACME\` + w.of(owners)})
	case 8, 9:
		w.do(a, "properties", map[string]any{"Cloud": w.some(tenantNames), "Region": w.some(regions)})
	case 10:
		w.do(a, "unpublish", nil)
	case 11:
		w.deleteOrSwap(a, published)
	default:
		if w.serve != nil {
			w.amend()
		}
	}
}

func (w *world) do(a driver.SiteApp, verb string, fields map[string]any) {
	w.Helper()
	w.Logf("%2d: %s %s %v", w.step, verb, a.Name, fields)
	good(w.T, w.hub.Act(w.Context(), a.ID, verb, fields))
}

// publish publishes one of the apps that are not, or a new one.
func (w *world) publish(others []driver.SiteApp) {
	w.Helper()
	if len(others) == 0 || len(w.apps) < maxApps && w.IntN(2) == 0 {
		name := w.name()
		w.Logf("%2d: upload %s", w.step, name)
		a, err := w.hub.Upload(w.Context(), name, w.file(name))
		good(w.T, err)
		others = []driver.SiteApp{a}
	}
	w.do(others[w.IntN(len(others))], "publish", map[string]any{"stream": w.of(streams)})
}

// replace gives an app the content of another one, which nobody sees afterwards.
func (w *world) replace(a driver.SiteApp) {
	w.Helper()
	source, err := w.hub.Upload(w.Context(), w.name(), w.file("whatever"))
	good(w.T, err)
	w.do(a, "replace", map[string]any{"source": source.ID})
	w.do(source, "delete", nil)
}

// deleteOrSwap deletes an app, or swaps its name with another's. In a managed space each name is free only once, so that a
// copy that was left there would keep the other from it.
func (w *world) deleteOrSwap(a driver.SiteApp, published []driver.SiteApp) {
	w.Helper()
	b := published[w.IntN(len(published))]
	if w.managed || w.IntN(2) == 0 || a.ID == b.ID {
		w.do(a, "delete", nil)
		return
	}
	w.do(a, "rename", map[string]any{"name": b.Name})
	w.do(b, "rename", map[string]any{"name": a.Name})
}

// amend changes a policy or a guard, or switches it off or on.
func (w *world) amend() {
	w.Helper()
	r := w.rulings[w.IntN(len(w.rulings))]
	next := ruling{clause: w.policy(), off: !r.off}
	if r.guard {
		next.clause = w.guard()
	}
	fields := []driver.Field{driver.Clear("Disabled")}
	switch {
	case w.IntN(2) == 0:
		next.off = r.off
		fields = []driver.Field{driver.Text("Conditions", "("+next.text+")")}
	case next.off:
		next.clause, fields = r.clause, []driver.Field{driver.Text("Disabled", "on")}
	default:
		next.clause = r.clause
	}
	w.Logf("%2d: %s becomes %s, disabled: %v", w.step, r.name, next.text, next.off)
	page, err := w.browser.Get(w.Context(), r.path)
	good(w.T, err)
	_, err = page.Send(w.Context(), "Apply", fields...)
	good(w.T, err)
	r.clause, r.off = next.clause, next.off
}
