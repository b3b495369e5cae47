package distribution

import (
	"context"
	"time"
)

// MayBeOvertaken says whether a newer delivery may take this one's place although it was let go first: no run is at its import
// or placing, and nothing that it sent can still arrive, as of a moment before which all that was sent has settled. What did
// arrive, the newer one finds as that of a Stray.
func (d Delivery) MayBeOvertaken(settled time.Time) bool {
	return d.State.MayBecome(Superseded) && !d.ImportStarted.After(settled) && !d.GoesFirst()
}

// GoesFirst says whether what is newer waits for an open delivery although its import has not begun. An app that is reloaded more often
// than it takes to bring it would never arrive if each version gave way to the next: so the work for one may be in vain, but not that
// for two in a row. What only waits for its turn, or for a person, gives way all the same.
func (d Delivery) GoesFirst() bool {
	waits := d.State == Paused || d.Cause == DaySpent || d.Cause == SiteBusy
	return d.Overdue && d.Stage != "" && d.ImportStarted.IsZero() && !waits
}

// InVain says whether work was in vain when the delivery is overtaken: that of it, or of one before it. What takes its place is overdue.
func (d Delivery) InVain() bool { return d.Overdue || d.Stage != "" }

// first makes sure that nothing older of the app arrives after what this delivery brings. An older delivery that is past the
// start of its import goes first, but only as long as its outcome may still show: one that then waits, for the tenant's next
// day or for a person, would hold up the newer version, and would put old data over it in the end.
//
// From here on no older delivery is open: none comes back by itself, and Retry takes the newest one only.
func (r *run) first(ctx context.Context) error {
	if !r.w.Older {
		return nil
	}
	blocked, err := r.e.Store.Overtake(ctx, r.d, r.e.Now().Add(-r.e.Settle(r.w.Deployment)))
	switch {
	case err != nil:
		return ourFault{err}
	case blocked:
		return errBlocked
	}
	return r.reload(ctx) // what was overtaken is a stray now
}
