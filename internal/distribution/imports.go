package distribution

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/tenant"
)

// Imports are the imports of one day (UTC) in one tenant, as this console counts them.
type Imports struct {
	Used       int       // sent today, and not surely refused
	SpentUntil time.Time // the tenant said that it takes none until then; zero: it never did
	Open       int       // deliveries of data whose import is still to come, the paused ones not counted
	PerDay     float64   // average of the last seven days, or of those since the first import
}

// Spent says whether the tenant itself said that it takes no more imports now.
func (i Imports) Spent(now time.Time) bool { return now.Before(i.SpentUntil) }

// Expected is how many imports the day will have needed at its end: those that were made, those that wait, and for the rest of
// the day as many as an average day has in such a time. It knows no weekdays and no schedule of reloads.
func (i Imports) Expected(now time.Time) int {
	left := nextDay(now).Sub(now).Hours() / 24
	return i.Used + i.Open + int(math.Round(i.PerDay*left))
}

// Left is how many of a day's imports are left when those that wait have gone.
func (i Imports) Left(allowed int, now time.Time) int {
	if i.Spent(now) {
		return 0
	}
	return max(0, allowed-i.Used-i.Open)
}

// nextDay is when the next UTC day begins.
func nextDay(now time.Time) time.Time { return now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour) }

// allowed is how many of the day's imports this delivery may find used; negative: any number. A part of the day is kept for
// apps that are not in the tenant yet.
func (r *run) allowed() int {
	all := r.w.Deployment.Limits.Imports()
	if all < 0 || r.w.Placement == nil {
		return all
	}
	return all - deployment.Reserve(all)
}

// mayImport ends the run when the day has no import left for this delivery, before anything is exported or sent.
func (r *run) mayImport() error {
	if allowed := r.allowed(); r.w.Imports.Spent(r.e.Now()) || allowed >= 0 && r.w.Imports.Used >= allowed {
		return r.daySpent()
	}
	return nil
}

// daySpent waits for the next day. A newer version overtakes what waits; it is no try of the delivery.
func (r *run) daySpent() *halt {
	now, all := r.e.Now(), r.w.Deployment.Limits.Imports()
	if r.w.Imports.Spent(now) {
		return spentUntil(r.w.Imports.SpentUntil, now, "The tenant says that the day's imports are spent")
	}
	said := fmt.Sprintf("The day's imports are spent: %d of %d were used", r.w.Imports.Used, all)
	if r.w.Imports.Used < all {
		said += ", and the last " + kept(deployment.Reserve(all)) + " for apps that are not in the tenant yet"
	}
	return spentUntil(nextDay(now), now, said)
}

func kept(n int) string {
	if n == 1 {
		return "one is kept"
	}
	return fmt.Sprintf("%d are kept", n)
}

func spentUntil(end, now time.Time, said string) *halt {
	return &halt{state: Retrying, cause: DaySpent, free: true, wait: end.Sub(now),
		message: fmt.Sprintf("%s. It goes on at %s UTC.", said, end.UTC().Format("15:04"))}
}

// aboutToImport saves that an import is sent now, before it is sent, and counts it.
func (r *run) aboutToImport(ctx context.Context) error {
	if err := r.mine(ctx); err != nil {
		return err
	}
	before, first := r.d.ImportStarted, r.d.FirstImport
	r.d.ImportStarted = r.e.Now()
	r.d.FirstImport = or(r.d.FirstImport.IsZero(), r.d.ImportStarted, r.d.FirstImport)
	r.become(Importing)
	begun, err := r.e.Store.BeginImport(ctx, r.d, r.a, r.w.Deployment.TenantID, r.allowed())
	switch {
	case err != nil:
		return ourFault{err}
	case begun:
		return nil
	}
	r.d.ImportStarted, r.d.FirstImport = before, first
	if err := r.reload(ctx); err != nil {
		return err
	}
	return r.daySpent()
}

// notImported takes the count of an import back that the tenant surely did not make, and notes a day that it calls spent.
func (r *run) notImported(ctx context.Context, err error) error {
	var until time.Time
	if e, ok := asTenant(err); ok && e.Cause == tenant.DaySpent {
		until = r.e.Now().Add(e.RetryAfter)
	}
	if err := r.e.Store.TakeBackImport(ctx, r.w.Deployment.TenantID, r.d.ImportStarted, until); err != nil {
		return ourFault{err}
	}
	if r.d.FirstImport.Equal(r.d.ImportStarted) {
		r.d.FirstImport = time.Time{} // what is made from now on need not be of this delivery
	}
	r.d.ImportStarted = time.Time{}
	return nil
}
