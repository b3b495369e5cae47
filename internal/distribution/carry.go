package distribution

import (
	"slices"

	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
)

// carry makes the tenant hold the app as it is now, with as little as that takes.
func (l lane) carry(m policy.Match, out *Plan) {
	g := l.goal()
	l.spare(g, out)
	if l.placement != nil && !l.placement.Left.IsZero() {
		out.TakeUp = append(out.TakeUp, l.placement.TenantID)
	}
	if l.underWay(g) && !l.moving() || l.gaveUp(g) {
		return
	}
	coming, overdue := l.overtake(out)
	next := l.delivery(m, g)
	next.Overdue = overdue
	if coming == nil && l.placement == nil {
		out.Start = append(out.Start, next)
		return
	}
	version, hash := l.expected(coming)
	sameData := g.version.Equal(version) && !g.forced
	if sameData && g.hash == hash && l.atRest() && !l.moving() {
		return
	}
	next.MetadataOnly = sameData
	out.Start = append(out.Start, next)
}

// spare lets go on what is being cancelled and is wanted again. What somebody cancelled is wanted again when something happens to
// the app, the policies or the deployment, and the data is still the same.
func (l lane) spare(g goal, out *Plan) {
	for _, d := range l.deliveries {
		byHand := d.UnwantedCause == CancelledByAdmin
		if d.State.Open() && d.Unwanted != "" && (!byHand || l.s.Event.Kind != SiteChanged && d.Version.Equal(g.version)) {
			out.Spare = append(out.Spare, d.ID)
		}
	}
}

// underWay says whether the newest open delivery brings just that. A forced send is satisfied only by one that sends
// data and has not started.
func (l lane) underWay(g goal) bool {
	for _, d := range slices.Backward(l.deliveries) {
		if d.State.Open() {
			same := d.Version.Equal(g.version) && d.MetaHash == g.hash
			return same && (!g.forced || d.Stage == "" && !d.MetadataOnly)
		}
	}
	return false
}

// moving says whether somebody confirmed that the app moves to another space.
func (l lane) moving() bool { return l.placement != nil && l.placement.MoveTo != "" }

// gaveUp says whether just that was tried and ended, and nothing has happened to the app, the policies or the deployment
// since. A change of a stream, an owner or a property is no reason to try again.
func (l lane) gaveUp(g goal) bool {
	if l.s.Event.Kind != SiteChanged || len(l.deliveries) == 0 {
		return false
	}
	last := l.deliveries[len(l.deliveries)-1]
	ended := last.State == Failed || last.State == Cancelled && last.Cause == CancelledByAdmin
	return ended && last.Version.Equal(g.version) && last.MetaHash == g.hash
}

// overtake closes what something newer makes needless: open deliveries before their import, and failed ones. It gives
// the newest one that is past that point or goes first for another reason: what comes now waits for it. What comes is overdue when work
// was in vain.
func (l lane) overtake(out *Plan) (coming *Delivery, overdue bool) {
	for i, d := range l.deliveries {
		switch {
		case d.State.Open() && (d.Begun() || d.GoesFirst()):
			coming = &l.deliveries[i]
		case d.State.Open(), d.State == Failed:
			out.Supersede = append(out.Supersede, d.ID)
			overdue = overdue || d.InVain()
		}
	}
	return coming, overdue
}

// atRest says whether the newest delivery tells the truth about a tenant that holds, or is just getting, what it shall. One
// that was overtaken or no longer wanted does not: another, without data, looks at the tenant and says so.
func (l lane) atRest() bool {
	if len(l.deliveries) == 0 {
		return true
	}
	last := l.deliveries[len(l.deliveries)-1]
	switch last.State {
	case Distributed:
		return true
	case Cancelled:
		return last.Cause == CancelledByAdmin
	}
	return last.State.Open() && last.Begun()
}

// Begun says whether something may be in the tenant because of this delivery. What is held for its section access has reached
// no user and waits for a person, perhaps for long: something newer takes its place.
func (d Delivery) Begun() bool {
	if d.State == Paused && d.Cause == AccessHeld {
		return false
	}
	return !d.ImportStarted.IsZero() || d.Intermediate != "" || d.State == Importing || d.State == Placing
}

// MayHaveMade says whether an app may be in the tenant because of this delivery and is not told by a placement yet: when nobody wants
// the delivery any more, it ends only when that is known (leave.go).
func (d Delivery) MayHaveMade() bool {
	return !d.MetadataOnly && (!d.ImportStarted.IsZero() || d.Intermediate != "")
}

// expected is what the tenant will hold when what is coming has arrived.
func (l lane) expected(coming *Delivery) (version site.DataVersion, hash string) {
	if coming != nil {
		return coming.Version, coming.MetaHash
	}
	return l.placement.Version, l.placement.MetaHash
}
