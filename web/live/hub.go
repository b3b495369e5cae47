// Package live tells open pages that something has changed: one watcher asks the database for all of them.
package live

import (
	"context"
	"sync"
	"time"
)

// Hub wakes its listeners whenever the newest change has moved on. It asks only while somebody listens.
type Hub struct {
	newest func(ctx context.Context) (int64, error)
	every  time.Duration

	mu        sync.Mutex
	listeners map[chan struct{}]bool
	watching  context.CancelFunc
	done      sync.WaitGroup
	ended     chan struct{}
}

// NewHub makes a hub over a function that gives the number of the newest change.
func NewHub(every time.Duration, newest func(ctx context.Context) (int64, error)) *Hub {
	return &Hub{newest: newest, every: every, listeners: map[chan struct{}]bool{}, ended: make(chan struct{})}
}

// Listen gives a channel that gets a value when there is news, and a function that ends listening. Several changes may
// be one value.
func (h *Hub) Listen() (news <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.listeners[c] = true
	if h.watching == nil && !h.isEnded() {
		ctx, cancel := context.WithCancel(context.Background())
		h.watching = cancel
		h.done.Add(1)
		go h.watch(ctx)
	}
	return c, func() { h.remove(c) }
}

func (h *Hub) remove(c chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.listeners, c)
	if len(h.listeners) == 0 && h.watching != nil {
		h.watching()
		h.watching = nil
	}
}

func (h *Hub) watch(ctx context.Context) {
	defer h.done.Done()
	tick := time.NewTicker(h.every)
	defer tick.Stop()
	last := int64(-1)
	for {
		// An error means the database is closing or busy: the next tick asks again, and pages stay as they are. The first
		// number is told, too: it may be newer than what the listener saw when it began.
		if newest, err := h.newest(ctx); err == nil && newest != last {
			last = newest
			h.tell()
		}
		select {
		case <-ctx.Done():
			return
		case <-h.ended:
			return
		case <-tick.C:
		}
	}
}

func (h *Hub) tell() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.listeners {
		select {
		case c <- struct{}{}:
		default: // it has not yet looked at the news before
		}
	}
}

// Ended is closed when streams shall end because the server stops.
func (h *Hub) Ended() <-chan struct{} { return h.ended }

// End ends all streams and waits for the watcher; none begins afterwards. It may be called twice.
func (h *Hub) End() {
	h.mu.Lock()
	if !h.isEnded() {
		close(h.ended)
	}
	h.mu.Unlock()
	h.done.Wait()
}

// isEnded needs the lock: a watcher that began while End waits would be waited for by nobody.
func (h *Hub) isEnded() bool {
	select {
	case <-h.ended:
		return true
	default:
		return false
	}
}
