package site

import (
	"time"

	"github.com/skyferry/skyferry/internal/e2e/driver"
)

// shrink hides several apps at once, as a changed security rule does, while all is well. Nothing comes of it but a notice. Then they
// come back; or they were deleted indeed, and somebody accepts it.
func (w *world) shrink() {
	w.Helper()
	if len(w.apps) < 2 || w.IntN(3) > 0 {
		return
	}
	w.noticed(false) // of what was hidden before
	hidden := []driver.SiteApp{}
	ids := []string{}
	for _, at := range w.Perm(len(w.apps))[:2+w.IntN(len(w.apps)-1)] {
		hidden, ids = append(hidden, w.apps[at]), append(ids, w.apps[at].ID)
	}
	good(w.T, w.hub.Fault(w.Context(), "hidden-rows", map[string]any{"ids": ids, "forSeconds": 600, "user": user}))
	w.Logf("%d of %d apps are hidden", len(hidden), len(w.apps))
	page := w.noticed(true)
	w.looked()
	if err := w.check(w.Context()); err != nil {
		w.Fatalf("hidden apps were taken for deleted ones: %v", err)
	}
	if w.IntN(2) == 0 {
		good(w.T, w.hub.Heal(w.Context()))
		w.noticed(false)
		return
	}
	for _, a := range hidden {
		w.do(a, "delete", nil)
	}
	w.note()
	_, err := page.Send(w.Context(), "Accept")
	good(w.T, err)
	w.noticed(false)
}

// noticed waits until the notice about fewer apps is on the page Site, or not any more.
func (w *world) noticed(is bool) *driver.Page {
	w.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(aMoment) {
		page, err := w.browser.Get(w.Context(), "/site")
		good(w.T, err)
		if (len(page.Buttons("Accept")) > 0) == is {
			return page
		}
		if time.Now().After(end) {
			w.Fatalf("the notice about fewer apps: %v is waited for in vain\n%s", is, page.Says())
		}
	}
}
