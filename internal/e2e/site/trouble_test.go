package site

import (
	"time"
)

// trouble lets something go wrong at the site, for a while.
func (w *world) trouble() {
	w.Helper()
	if w.IntN(5) == 0 {
		boot := time.Duration(w.IntN(1500)) * time.Millisecond
		w.Logf("%2d: the repository restarts, %s", w.step, boot)
		good(w.T, w.hub.Restart(w.Context(), boot))
		return
	}
	calls := map[string]any{"calls": 1 + w.IntN(8)}
	kind := w.of([]string{"callbacks-lost", "callbacks-lost", "callbacks-doubled", "callbacks-late", "callbacks-disordered", "hidden-rows", "hidden-rows",
		"forbidden", "slow-export", "failing-export", "cut-download", "expired-link", "clock-skew"})
	switch kind {
	case "callbacks-late":
		calls["seconds"] = w.seconds(0.1, 2)
	case "hidden-rows":
		calls = map[string]any{"percent": 1 + w.IntN(100), "forSeconds": w.seconds(0.2, 2.5), "user": user}
	case "forbidden":
		calls = map[string]any{"forSeconds": w.seconds(0.1, 1)}
	case "slow-export":
		calls["seconds"] = w.seconds(0.1, 0.5)
	case "failing-export", "expired-link":
		calls["calls"] = 1 + w.IntN(2)
	case "cut-download":
		calls = map[string]any{"calls": 1 + w.IntN(2), "bytes": w.IntN(5000)}
	case "clock-skew":
		calls = map[string]any{"seconds": w.seconds(-600, 600), "forSeconds": w.seconds(0.2, 2)}
	}
	w.Logf("%2d: fault %s %v", w.step, kind, calls)
	good(w.T, w.hub.Fault(w.Context(), kind, calls))
}

// befall stops the console: mostly by kill -9.
func (w *world) befall() {
	w.Helper()
	if w.IntN(4) == 0 {
		w.Logf("%2d: the console is stopped", w.step)
		w.serve.Stop()
	} else {
		w.Logf("%2d: the console is killed", w.step)
		w.serve.Kill()
	}
	w.serve = nil
	if w.IntN(3) == 0 {
		w.act() // while nobody looks
		w.killStarting()
	}
	w.startConsole()
}
