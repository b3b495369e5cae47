package site

import (
	"github.com/skyferry/skyferry/internal/e2e/driver"
)

// history is what this test knows of the site: it does everything that happens there, one after the other.
type history struct {
	rulings []*ruling
	apps    []driver.SiteApp           // as they are now
	past    []driver.SiteApp           // every state of every app
	ids     map[string]bool            // of all apps that ever were
	whose   map[string]string          // the app that bytes belong to, by their SHA-256
	fit     map[string]map[string]bool // SHA-256 of what an app was while it belonged in a tenant; see place
	step    int
}

func newHistory() history {
	return history{ids: map[string]bool{}, whose: map[string]string{}, fit: map[string]map[string]bool{}}
}

// place names an app in a tenant.
func place(appID, tenant string) string { return appID + " to " + tenant }

// note takes down how the site and the rulings are after an act. What an app was fits from the moment on when a ruling says so, also
// when it is something else by then: the console judges what it has noticed, and a copy that it exported before serves.
func (w *world) note() {
	w.Helper()
	var err error
	w.apps, err = w.hub.Apps(w.Context())
	good(w.T, err)
	for _, a := range w.apps {
		w.ids[a.ID] = true
		w.whose[a.SHA256] = a.ID
	}
	w.past = append(w.past, w.apps...)
	for _, a := range w.past {
		for _, tenant := range tenantNames {
			if !goes(w.rulings, a, tenant) {
				continue
			}
			if at := place(a.ID, tenant); w.fit[at] == nil {
				w.fit[at] = map[string]bool{a.SHA256: true}
			} else {
				w.fit[at][a.SHA256] = true
			}
		}
	}
}

// everFit says whether any app ever belonged in a tenant.
func (h history) everFit(tenant string) bool {
	for id := range h.ids {
		if len(h.fit[place(id, tenant)]) > 0 {
			return true
		}
	}
	return false
}

// those gives the apps that are published, or those that are not.
func (h history) those(published bool) (some []driver.SiteApp) {
	for _, a := range h.apps {
		if (a.Stream != nil) == published {
			some = append(some, a)
		}
	}
	return some
}
