package tenant

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// tier is what calls are counted by (qlik-cloud-api.md section 0.1).
type tier string

const (
	reading tier = "tier 1"
	writing tier = "tier 2"
	chunks  tier = "uploads" // creating a resumable upload and sending its chunks
)

// Calls are judged over five minutes, so that bursts pass. A tier that is used up stays closed until some seconds' worth
// of calls are there again; Qlik's own rule for the waiting time is not public.
const (
	rateWindow   = 5 * time.Minute
	closedFor    = 5 * time.Second
	usersWatched = 10_000
	countUsers   = time.Second // how often they are counted
)

// tierOf sorts a call into its tier.
func tierOf(r *http.Request) tier {
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
	switch {
	case reads:
		return reading
	case isTus(r):
		return chunks
	}
	return writing
}

// limits counts calls by user and tier, and those of the whole tenant by tier. It forgets at a restart.
type limits struct {
	now     func() time.Time
	users   func() int // how many the tenant has
	mu      sync.Mutex
	plan    state.Plan
	by      map[userTier]*allowance
	counted time.Time // when the users were; zero: not yet
	known   int       // of them
}

// userTier names an allowance; that of the whole tenant has no user.
type userTier struct {
	user string
	tier tier
}

// allowance is what a user, or the tenant, has left in a tier, and until when the tier is closed.
type allowance struct {
	left   *rate.Limiter
	closed time.Time
}

func newLimits(now func() time.Time, users func() int) *limits {
	return &limits{now: now, users: users, by: map[userTier]*allowance{}}
}

// set takes the numbers of a plan; everybody begins anew.
func (l *limits) set(plan state.Plan) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.plan, l.counted = plan, time.Time{}
	clear(l.by)
}

// take counts a call. It gives how long the user must wait when the tier is used up, by him or by all together, else zero.
func (l *limits) take(user string, t tier) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.plan.RateLimits {
		return 0
	}
	now, perMinute := l.now(), float64(l.perMinute(t))
	if wait := l.of(userTier{user, t}, perMinute).take(now); wait > 0 {
		return wait
	}
	return l.of(userTier{"", t}, perMinute*l.share()).take(now)
}

func (l *limits) perMinute(t tier) int {
	return map[tier]int{reading: l.plan.Reads, writing: l.plan.Writes, chunks: l.plan.Chunks}[t]
}

// share is how many users' calls the whole tenant may make: half of its users' (section 0.1). With one or two users that would
// be less than one of them may make; then it is that.
func (l *limits) share() float64 {
	if l.counted.IsZero() || time.Since(l.counted) > countUsers {
		l.known, l.counted = l.users(), time.Now()
	}
	return max(float64(l.known)/2, 1)
}

// of gives an allowance, which follows the number of users.
func (l *limits) of(key userTier, perMinute float64) *allowance {
	limit, burst := rate.Limit(perMinute/time.Minute.Seconds()), int(perMinute*rateWindow.Minutes())
	have, ok := l.by[key]
	if !ok {
		if len(l.by) >= usersWatched {
			clear(l.by)
		}
		have = &allowance{left: rate.NewLimiter(limit, burst)}
		l.by[key] = have
	}
	if have.left.Burst() != burst {
		have.left.SetLimitAt(l.now(), limit)
		have.left.SetBurstAt(l.now(), burst)
	}
	return have
}

// take takes one call, or closes the tier.
func (a *allowance) take(now time.Time) time.Duration {
	if now.Before(a.closed) {
		return a.closed.Sub(now)
	}
	if a.left.AllowN(now, 1) {
		return 0
	}
	a.closed = now.Add(closedFor)
	return closedFor
}

// waitError is a refusal with Retry-After.
type waitError struct {
	title string
	wait  time.Duration
	error
}

func (e waitError) Unwrap() error { return e.error }

// seconds is the wait in whole seconds, rounded up: Retry-After has no fractions.
func (e waitError) seconds() int { return int(math.Ceil(e.wait.Seconds())) }

// limited counts the calls of a user and refuses those that are too many.
func (s *Server) limited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.takeCall(callerOf(r).ID, tierOf(r)); err != nil {
			s.writeError(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) takeCall(user string, t tier) error {
	wait := s.limits.take(user, t)
	if wait == 0 {
		return nil
	}
	e := waitError{title: "API rate limit reached.", wait: wait}
	e.error = fault.New(fault.Unavailable, "You need to wait %d seconds until limit is lifted.", e.seconds())
	return e
}

// writeWait is the documented body of 429 (section 0.1).
func writeWait(w http.ResponseWriter, e waitError) {
	w.Header().Set("Retry-After", strconv.Itoa(e.seconds()))
	writeJSON(w, http.StatusTooManyRequests, map[string]any{"errors": []map[string]string{
		{"code": fmt.Sprintf("HTTP-%d", http.StatusTooManyRequests), "title": e.title, "detail": fault.Of(e.error).Text}}})
}
