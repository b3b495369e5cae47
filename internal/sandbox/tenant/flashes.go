package tenant

import (
	"sync"
	"time"

	"github.com/skyferry/skyferry/internal/sandbox/tenant/pages"
)

// flashLife is how long a notice waits for its page.
const (
	flashLife   = 5 * time.Minute
	flashesKept = 1000
)

// flash is shown once on the next page of a session. It never touches the disk, since it may hold a new secret.
type flash struct {
	notice pages.Notice
	made   time.Time
}

// flashes keeps the notices by session.
type flashes struct {
	now func() time.Time
	mu  sync.Mutex
	by  map[string]flash
}

func newFlashes(now func() time.Time) *flashes { return &flashes{now: now, by: map[string]flash{}} }

func (f *flashes) put(session string, notice pages.Notice) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.by) >= flashesKept {
		clear(f.by)
	}
	f.by[session] = flash{notice, f.now()}
}

// take gives the notice of a session and forgets it.
func (f *flashes) take(session string) pages.Notice {
	f.mu.Lock()
	defer f.mu.Unlock()
	waiting := f.by[session]
	delete(f.by, session)
	if f.now().Sub(waiting.made) > flashLife {
		return pages.Notice{}
	}
	return waiting.notice
}
