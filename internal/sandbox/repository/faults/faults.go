// Package faults rehearses what a client-managed site, or the way to it, may do wrong. The sandbox repository asks it at
// the places where that may happen. Faults are kept in memory: a repository that starts again is healthy.
package faults

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/skyferry/skyferry/internal/fault"
)

// Fault is one fault as it is asked for. At least one of Calls and ForSeconds bounds it.
type Fault struct {
	Kind       Kind    `json:"kind"`
	Calls      int     `json:"calls"`      // how often it hits at most; 0: no bound
	ForSeconds float64 `json:"forSeconds"` // how long it lasts at most; 0: no bound
	Seconds    float64 `json:"seconds"`    // what it means depends on the kind
	Bytes      int64   `json:"bytes"`
	Percent    int     `json:"percent"`

	IDs  []string `json:"ids,omitempty"`  // of apps
	User string   `json:"user,omitempty"` // DIRECTORY\id that it is for, ignoring case; empty: everybody
}

// Length gives Seconds as a duration.
func (f Fault) Length() time.Duration { return time.Duration(f.Seconds * float64(time.Second)) }

// Shown is a fault of the list as of now.
type Shown struct {
	Fault

	ID          string    `json:"id"`
	Active      bool      `json:"active"`
	Hits        int       `json:"hits"`
	CallsLeft   int       `json:"callsLeft"`
	SecondsLeft float64   `json:"secondsLeft"`
	Started     time.Time `json:"started"`
}

const (
	maxKept = 100
	maxIDs  = 100_000
	maxCall = 1_000_000
	maxTime = 24 * 60 * 60 // seconds
)

// List keeps the faults. Its methods are safe for concurrent use.
type List struct {
	now    func() time.Time
	mu     sync.Mutex
	last   int
	all    []*laid
	closed chan struct{}
}

type laid struct {
	Fault

	number  int
	started time.Time
	hits    int
	over    chan struct{} // closed when it has ended: who waits goes on
	ended   bool
}

// New makes an empty list.
func New(now func() time.Time) *List { return &List{now: now, closed: make(chan struct{})} }

// Add lays a fault. An Invalid error names its fields as the JSON does.
func (l *List) Add(f Fault) (Shown, error) {
	if err := f.check(); err != nil {
		return Shown{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep()
	if len(l.all) >= maxKept {
		l.all = slices.DeleteFunc(l.all, func(f *laid) bool { return f.ended })
	}
	if len(l.all) >= maxKept {
		return Shown{}, fault.New(fault.Conflict, "%d faults are active already. Stop one first.", maxKept)
	}
	l.last++
	added := &laid{Fault: f, number: l.last, started: l.now(), over: make(chan struct{})}
	l.all = append(l.all, added)
	return l.shown(added), nil
}

func (f *Fault) check() error {
	d, known := Describe(f.Kind)
	if !known {
		return fault.Field(fault.Invalid, "kind", "There is no kind of fault %q. See docs/sandbox-repository.md.", f.Kind)
	}
	if f.Calls == 0 && f.ForSeconds == 0 {
		f.ForSeconds = maxTime
	}
	wrong := map[string]string{}
	if f.Calls < 0 || f.Calls > maxCall {
		wrong["calls"] = "Enter a number of calls from 1 to 1,000,000, or none."
	}
	if !(f.ForSeconds >= 0 && f.ForSeconds <= maxTime) {
		wrong["forSeconds"] = "Enter seconds up to a day, or none."
	}
	return d.fill(f, wrong)
}

// Meet gives the first active fault of a kind that is for everybody, and counts it; false: there is none.
func (l *List) Meet(kind Kind) (Fault, bool) { return l.MeetFor(kind, "") }

// MeetFor gives the first active fault of a kind that is for this user or for everybody, and counts it; false: there is none.
func (l *List) MeetFor(kind Kind, user string) (Fault, bool) {
	f := l.meet(kind, user)
	if f == nil {
		return Fault{}, false
	}
	return f.Fault, true
}

func (l *List) meet(kind Kind, user string) *laid {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep()
	for _, f := range l.all {
		if f.is(kind, user) {
			f.hits++
			return f
		}
	}
	return nil
}

// MeetAll gives all active faults of a kind that are for this user or for everybody, and counts each.
func (l *List) MeetAll(kind Kind, user string) (met []Fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep()
	for _, f := range l.all {
		if f.is(kind, user) {
			f.hits++
			met = append(met, f.Fault)
		}
	}
	return met
}

func (f *laid) is(kind Kind, user string) bool {
	return f.Kind == kind && !f.ended && (f.User == "" || strings.EqualFold(f.User, user))
}

// Hold waits as long as a fault of this kind says, when there is one; it ends early when the fault is stopped, the repository closes or
// the caller is gone. met says whether there was one.
func (l *List) Hold(kind Kind, gone <-chan struct{}) (met bool) {
	f := l.meet(kind, "")
	if f == nil {
		return false
	}
	timer := time.NewTimer(f.Length())
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-f.over:
	case <-l.closed:
	case <-gone:
	}
	return true
}

// All gives the active faults and those that have ended of late, in the order in which they were laid.
func (l *List) All() []Shown {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep()
	shown := make([]Shown, len(l.all))
	for i, f := range l.all {
		shown[i] = l.shown(f)
	}
	return shown
}

// Stop ends a fault; one that has ended leaves the list.
func (l *List) Stop(id string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep()
	i := slices.IndexFunc(l.all, func(f *laid) bool { return strconv.Itoa(f.number) == id })
	if i < 0 {
		return fault.New(fault.NotFound, "There is no fault %q. It may have ended and left the list.", id)
	}
	if l.all[i].ended {
		l.all = slices.Delete(l.all, i, i+1)
		return nil
	}
	l.all[i].end()
	return nil
}

// StopAll ends every fault, and empties the list.
func (l *List) StopAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.all {
		f.end()
	}
	l.all = nil
}

// Close ends every fault and lets go what waits. Call it once.
func (l *List) Close() {
	close(l.closed)
	l.StopAll()
}

func (f *laid) end() {
	if !f.ended {
		f.ended = true
		close(f.over)
	}
}

func (l *List) left(f *laid) float64 { return f.ForSeconds - l.now().Sub(f.started).Seconds() }

func (l *List) sweep() {
	for _, f := range l.all {
		if f.Calls > 0 && f.hits >= f.Calls || f.ForSeconds > 0 && l.left(f) <= 0 {
			// Calls that wait for a fault that is spent wait to their end; those of one that is stopped go on.
			f.ended = true
		}
	}
}

func (l *List) shown(f *laid) Shown {
	s := Shown{Fault: f.Fault, ID: strconv.Itoa(f.number), Active: !f.ended, Hits: f.hits, Started: f.started.UTC()}
	if s.Active {
		s.CallsLeft = max(f.Calls-f.hits, 0)
		if f.ForSeconds > 0 {
			s.SecondsLeft = max(l.left(f), 0)
		}
	}
	return s
}
