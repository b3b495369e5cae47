package site

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/PuerkitoBio/goquery"
	_ "github.com/mattn/go-sqlite3" // to read when copies were marked as left

	"github.com/skyferry/skyferry/internal/e2e/driver"
)

const (
	patience = 90 * time.Second // how long it may take until all is well
	aMoment  = 200 * time.Millisecond
	slack    = 2 * time.Second // between reading the policies for the last time and a call that was about to be made
)

// settle waits until all is as it should be, and mends by hand what does not go on by itself.
func (w *world) settle() {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	defer cancel()
	for tries := 0; ; {
		err := w.check(ctx)
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			w.Fatalf("after %s:\n%v\nlog of the console:\n%s", patience, w.check(w.Context()), tail(w.serve.Log()))
		}
		if tries++; tries%20 == 0 {
			good(w.T, w.mend())
		}
		time.Sleep(aMoment)
	}
}

func tail(text string) string { return text[max(0, len(text)-4000):] }

// mend does what a person does who sees that something waits for a person.
func (w *world) mend() error {
	page, err := w.browser.Get(w.Context(), "/site")
	if err != nil {
		return err
	}
	if len(page.Buttons("Accept")) > 0 {
		w.Log("Accept")
		if _, err := page.Send(w.Context(), "Accept"); err != nil {
			return err
		}
	}
	page, err = w.browser.Get(w.Context(), "/status?tab=attention")
	if err != nil {
		return err
	}
	for _, button := range page.Buttons("Retry all ") {
		w.Log(button)
		if _, err := page.Send(w.Context(), button); err != nil {
			return err
		}
	}
	return w.hurry()
}

// hurry retries at once what waits for its next try.
func (w *world) hurry() error {
	page, err := w.browser.Get(w.Context(), "/status?tab=waiting")
	if err != nil {
		return err
	}
	var rows []driver.Field
	page.Find("input[data-row]").Each(func(_ int, s *goquery.Selection) {
		rows = append(rows, driver.Tick(s.AttrOr("aria-label", "")))
	})
	if len(rows) == 0 {
		return nil
	}
	w.Logf("retry %d that wait", len(rows))
	_, err = page.Send(w.Context(), "Retry", rows...)
	return err
}

// check compares what the tenants and the status page have with what policies and guards say.
func (w *world) check(ctx context.Context) error {
	counts, err := w.browser.Counts(ctx)
	if err != nil {
		return err
	}
	var faults []error
	for _, tab := range []string{"Needs attention", "In progress", "Waiting"} {
		if counts[tab] != 0 {
			faults = append(faults, fmt.Errorf("%d rows on the tab %s", counts[tab], tab))
		}
	}
	rows, err := w.browser.Status(ctx, "all")
	if err != nil {
		return err
	}
	for _, c := range w.clouds {
		all, err := c.holds(ctx)
		if err != nil {
			return err
		}
		faults = append(faults, w.checkTenant(c, all, rows)...)
	}
	return errors.Join(append(faults, w.checkPicture(ctx))...)
}

// checkPicture compares what the console knows of the site with what is there.
func (w *world) checkPicture(ctx context.Context) error {
	listed, err := w.browser.Apps(ctx)
	if err != nil {
		return err
	}
	known := map[string]string{}
	for _, a := range listed {
		known[a.ID] = a.Name
	}
	there := map[string]string{}
	for _, a := range w.apps {
		there[a.ID] = a.Name
	}
	if !maps.Equal(known, there) {
		return fmt.Errorf("the console knows the apps %v, and the site has %v", known, there)
	}
	return nil
}

func (w *world) checkTenant(c *cloud, all []copied, rows []driver.Row) (faults []error) {
	of := map[string][]copied{} // by the app whose bytes they are
	for _, have := range all {
		of[w.whose[have.sum]] = append(of[w.whose[have.sum]], have)
	}
	if len(of[""]) > 0 {
		faults = append(faults, fmt.Errorf("%s has bytes that no app had: %v", c.name, of[""]))
	}
	if !w.everFit(c.name) && c.received() > 0 {
		faults = append(faults, fmt.Errorf("%d calls with bytes went to %s, and no policy ever named it", c.received(), c.name))
	}
	for id := range w.ids {
		if err := w.checkApp(c.name, id, of[id], shown(rows, id, c.name)); err != nil {
			faults = append(faults, fmt.Errorf("app %s in %s: %w", id, c.name, err))
		}
	}
	return faults
}

// shown is the row of an app in a deployment on the status page; empty: it has none.
func shown(rows []driver.Row, appID, deployment string) driver.Row {
	for _, r := range rows {
		if r.AppID == appID && r.Deployment == deployment {
			return r
		}
	}
	return driver.Row{}
}

// checkApp says what is wrong with the copies of an app in a tenant.
func (w *world) checkApp(tenant, id string, copies []copied, row driver.Row) error {
	if err := w.amiss(tenant, id, copies, row.State); err != nil {
		return fmt.Errorf("%w (status page: %s: %s)", err, row.State, row.Message)
	}
	return nil
}

func (w *world) amiss(tenant, id string, copies []copied, state string) error {
	i := slices.IndexFunc(w.apps, func(a driver.SiteApp) bool { return a.ID == id })
	belongs := i >= 0 && goes(w.rulings, w.apps[i], tenant)
	switch {
	case len(copies) > 1:
		return fmt.Errorf("there are %d: %v", len(copies), copies)
	case belongs && len(copies) == 0:
		return fmt.Errorf("%s is missing", w.apps[i].Name)
	case belongs && copies[0].sum != w.apps[i].SHA256:
		return fmt.Errorf("%s has older bytes", w.apps[i].Name)
	case belongs && copies[0].Name != w.apps[i].Name:
		return fmt.Errorf("%s is called %s there", w.apps[i].Name, copies[0].Name)
	case belongs && state != "Distributed":
		return fmt.Errorf("%s is there, and not said to be distributed", w.apps[i].Name)
	case !belongs && len(copies) == 1 && state != "Left in tenant":
		return fmt.Errorf("%s does not belong there, and is not said to be left", copies[0].Name)
	case !belongs && len(copies) == 1 && !w.fit[place(id, tenant)][copies[0].sum]:
		return fmt.Errorf("%s has bytes of a time when it did not belong there", copies[0].Name)
	case !belongs && len(copies) == 0 && (state == "Distributed" || state == "Left in tenant"):
		return errors.New("it is not there, and is said to be")
	}
	return nil
}

// stayed changes what does not belong in some tenant, and sees that this tenant hears nothing of it: what was left there is
// never updated.
func (w *world) stayed() {
	w.Helper()
	before := w.strays()
	for _, a := range w.apps {
		if slices.ContainsFunc(tenantNames, func(tenant string) bool { return !goes(w.rulings, a, tenant) }) {
			w.do(a, "reload", nil)
			w.do(a, "rename", map[string]any{"name": a.Name + " again"})
		}
	}
	w.note()
	w.looked()
	w.settle()
	if after := w.strays(); !slices.Equal(before, after) {
		w.Errorf("copies changed that belong there no more: they were\n%v\nand are\n%v", before, after)
	}
}

// strays are the copies in tenants in which their app does not belong.
func (w *world) strays() (all []string) {
	w.Helper()
	for _, c := range w.clouds {
		have, err := c.holds(w.Context())
		good(w.T, err)
		for _, h := range have {
			id := w.whose[h.sum]
			if i := slices.IndexFunc(w.apps, func(a driver.SiteApp) bool { return a.ID == id }); i < 0 || !goes(w.rulings, w.apps[i], c.name) {
				all = append(all, fmt.Sprintf("%s in %s: %s, %s, %.12s", id, c.name, h.ID, h.Name, h.sum))
			}
		}
	}
	slices.Sort(all)
	return all
}

// looked waits until the console has looked at the site a few times.
func (w *world) looked() {
	w.Helper()
	for first, end := w.reads.Load(), time.Now().Add(patience); w.reads.Load() < first+4; time.Sleep(aMoment) {
		if time.Now().After(end) {
			w.Fatalf("the console does not look at the site any more\n%s", tail(w.serve.Log()))
		}
	}
}

// checkLeft holds against the tenants when copies were marked as left: nothing was written to them after that.
func (w *world) checkLeft() {
	w.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(w.folder, "console", "skyferry.db")+"?mode=ro&_busy_timeout=5000")
	good(w.T, err)
	defer db.Close()
	rows, err := db.QueryContext(w.Context(), `SELECT d.name, p.remote_id, p.left_at FROM placements p JOIN deployments d ON d.tenant_id = p.tenant_id WHERE p.left_at <> 0`)
	good(w.T, err)
	defer rows.Close()
	for rows.Next() {
		var tenant, id string
		var micros int64
		good(w.T, rows.Scan(&tenant, &id, &micros))
		left := time.UnixMicro(micros)
		if at, what := w.clouds[slices.Index(tenantNames, tenant)].lastWritten(id); at.After(left.Add(slack)) {
			w.Errorf("%s in %s was left at %s, and at %s came: %s", id, tenant, left, at, what)
		}
	}
	good(w.T, rows.Err())
}
