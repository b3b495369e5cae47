package tenant

import (
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Wrong API keys on the sign-in page: some at once, then one in a while, for each address.
const (
	attemptsAtOnce   = 10
	attemptEvery     = 20 * time.Second
	addressesWatched = 1000
)

// attempts counts wrong sign-ins by address.
type attempts struct {
	now func() time.Time
	mu  sync.Mutex
	by  map[string]*rate.Limiter
}

func newAttempts(now func() time.Time) *attempts {
	return &attempts{now: now, by: map[string]*rate.Limiter{}}
}

// blocked reports whether the address has used up its attempts.
func (a *attempts) blocked(r *http.Request) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.of(r).TokensAt(a.now()) < 1
}

// failed notes a wrong attempt.
func (a *attempts) failed(r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.of(r).AllowN(a.now(), 1)
}

// of gives the limiter of an address. Too many addresses at once make it forget them all, which bounds the memory.
func (a *attempts) of(r *http.Request) *rate.Limiter {
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		address = r.RemoteAddr
	}
	limiter, ok := a.by[address]
	if !ok {
		if len(a.by) >= addressesWatched {
			clear(a.by)
		}
		limiter = rate.NewLimiter(rate.Every(attemptEvery), attemptsAtOnce)
		a.by[address] = limiter
	}
	return limiter
}
