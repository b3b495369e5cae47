package account

import (
	"net/netip"
	"sync"
	"time"
)

// Limits of sign-in attempts. One address may fail a few times with one name, and some more times with any names. There is
// no limit by name alone, with which a stranger could lock an administrator out.
const (
	attemptWindow   = 15 * time.Minute
	perName         = 5
	perAddress      = 30
	attemptsTracked = 10_000 // more addresses than that at once push the oldest ones out
)

// attempts counts sign-in attempts. It forgets them at a restart, which takes longer than waiting.
type attempts struct {
	now func() time.Time

	mu   sync.Mutex
	seen map[attempt]*tally
}

// attempt is what is counted: a name from an address, or an address alone.
type attempt struct{ address, name string }

type tally struct {
	count int
	ends  time.Time
}

func newAttempts(now func() time.Time) *attempts {
	return &attempts{now: now, seen: map[attempt]*tally{}}
}

// take counts an attempt, before its password is looked at, so that many at once do not slip through. It gives how long to
// wait when there were too many.
func (a *attempts) take(address, name string) (wait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	address = network(address)
	both, alone := a.tally(attempt{address, name}), a.tally(attempt{address, ""})
	if both.count >= perName {
		wait = both.ends.Sub(a.now())
	}
	if alone.count >= perAddress {
		wait = max(wait, alone.ends.Sub(a.now()))
	}
	if wait == 0 {
		both.count++
		alone.count++
	}
	return wait
}

// good forgets the attempts of somebody who has signed in.
func (a *attempts) good(address, name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	address = network(address)
	delete(a.seen, attempt{address, name})
	if alone := a.tally(attempt{address, ""}); alone.count > 0 {
		alone.count--
	}
}

func (a *attempts) tally(key attempt) *tally {
	now := a.now()
	if t := a.seen[key]; t != nil && t.ends.After(now) {
		return t
	}
	if len(a.seen) >= attemptsTracked {
		a.makeRoom(now)
	}
	t := &tally{ends: now.Add(attemptWindow)}
	a.seen[key] = t
	return t
}

// makeRoom drops what has ended, and if that is nothing the one that ends first.
func (a *attempts) makeRoom(now time.Time) {
	var first attempt
	var ends time.Time
	for key, t := range a.seen {
		if !t.ends.After(now) {
			delete(a.seen, key)
		} else if ends.IsZero() || t.ends.Before(ends) {
			first, ends = key, t.ends
		}
	}
	if len(a.seen) >= attemptsTracked {
		delete(a.seen, first)
	}
}

// network is what counts as one address: one IPv6 customer has at least a /64.
func network(address string) string {
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if addr = addr.Unmap(); addr.Is4() {
		return addr.String()
	}
	prefix, err := addr.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}
