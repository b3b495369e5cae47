package faults

import (
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/skyferry/skyferry/internal/fault"
)

// The bounds of the list.
const (
	maxActive = 100
	maxEnded  = 50 // kept so that one sees how often they hit
)

// Options are what a list works with. All are needed.
type Options struct {
	Now      func() time.Time
	Log      *slog.Logger
	TenantID string                                                                  // the tenant's own
	Refuse   func(w http.ResponseWriter, r *http.Request, status int, detail string) // writes an error as the contract does
}

// List keeps the faults of a tenant. Its methods are safe for concurrent use.
type List struct {
	Options
	mu      sync.Mutex
	last    int // number of the newest fault
	all     []*laid
	closed  chan struct{}
	running sync.WaitGroup // work that goes on after its answer
}

// New makes an empty list.
func New(o Options) *List { return &List{Options: o, closed: make(chan struct{})} }

// laid is a fault with what became of it. Hits, waiting and ended are guarded by the list.
type laid struct {
	Fault
	act     effect
	number  int
	started time.Time
	hits    int
	waiting int
	ended   time.Time     // zero while it is active
	over    chan struct{} // closed when it is stopped: who waits for it goes on
}

// Shown is a fault of the list as of now.
type Shown struct {
	Fault
	ID          string    `json:"id"`
	Active      bool      `json:"active"`
	Hits        int       `json:"hits"`
	Waiting     int       `json:"waiting"`     // calls that it holds up now, and imports that are still to come
	CallsLeft   int       `json:"callsLeft"`   // 0 without a bound on calls, and when it has ended
	SecondsLeft float64   `json:"secondsLeft"` // 0 without a bound in time, and when it has ended
	Started     time.Time `json:"started"`
}

// Add lays a fault and gives it as the list shows it. An Invalid fault names its fields as the JSON does.
func (l *List) Add(f Fault) (Shown, error) {
	description, known := Describe(f.Kind)
	if !known {
		return Shown{}, fault.Field(fault.Invalid, "kind", "There is no kind of fault %q. See docs/sandbox-tenant.md.", f.Kind)
	}
	f.fill(description)
	if err := f.check(description); err != nil {
		return Shown{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep()
	if l.active() >= maxActive {
		return Shown{}, fault.New(fault.Conflict, "%d faults are active already. Stop one first.", maxActive)
	}
	l.last++
	added := &laid{Fault: f, act: description.act, number: l.last, started: l.Now(), over: make(chan struct{})}
	l.all = append(l.all, added)
	return l.shown(added), nil
}

// All gives the active faults and the latest of the ended ones, in the order in which they were laid.
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

// Active counts the active faults.
func (l *List) Active() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep()
	return l.active()
}

// Stop ends a fault, and lets go what still waits for it; one that has ended already leaves the list.
func (l *List) Stop(id string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep()
	i := slices.IndexFunc(l.all, func(f *laid) bool { return strconv.Itoa(f.number) == id })
	switch {
	case i < 0:
		return fault.New(fault.NotFound, "There is no fault %q. It may have ended and left the list.", id)
	case !l.all[i].ended.IsZero():
		l.stop(l.all[i])
		l.all = slices.Delete(l.all, i, i+1)
	default:
		l.stop(l.all[i])
	}
	return nil
}

// StopAll ends every fault, and empties the list.
func (l *List) StopAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.all {
		l.stop(f)
	}
	l.all = nil
}

// Close ends every fault, forgets imports that are still to come, and waits for those under way. Stop the HTTP server
// first, and call it once.
func (l *List) Close() {
	close(l.closed)
	l.StopAll()
	l.running.Wait()
}

func (l *List) stop(f *laid) {
	if f.ended.IsZero() {
		f.ended = l.Now()
	}
	select {
	case <-f.over:
	default:
		close(f.over)
	}
}

// sweep ends what is over by time or calls, and forgets the oldest ended ones.
func (l *List) sweep() {
	ended := 0
	for _, f := range slices.Backward(l.all) {
		if f.ended.IsZero() && (f.For > 0 && l.left(f) <= 0 || f.Calls > 0 && f.hits >= f.Calls) {
			f.ended = l.Now()
		}
		if !f.ended.IsZero() {
			if ended++; ended > maxEnded {
				f.number = 0
			}
		}
	}
	l.all = slices.DeleteFunc(l.all, func(f *laid) bool { return f.number == 0 })
}

func (l *List) active() (n int) {
	for _, f := range l.all {
		if f.ended.IsZero() {
			n++
		}
	}
	return n
}

func (l *List) left(f *laid) time.Duration { return f.started.Add(f.For.Duration()).Sub(l.Now()) }

func (l *List) shown(f *laid) Shown {
	s := Shown{Fault: f.Fault, ID: strconv.Itoa(f.number), Active: f.ended.IsZero(), Hits: f.hits, Waiting: f.waiting, Started: f.started.UTC()}
	if s.Active {
		s.CallsLeft = max(f.Calls-f.hits, 0)
		if f.For > 0 {
			s.SecondsLeft = max(l.left(f), 0).Round(time.Millisecond).Seconds()
		}
	}
	return s
}

// take gives the first fault, of those laid after a number, that a call meets, and counts it.
func (l *List) take(after int, r *http.Request) *laid {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep()
	for _, f := range l.all {
		if f.number > after && f.ended.IsZero() && matches(f.Endpoint, r) {
			f.hits++
			return f
		}
	}
	return nil
}
