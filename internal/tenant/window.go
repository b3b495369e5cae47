package tenant

import "time"

// window remembers when calls were made: as many of them as may be made within rateWindow. A bucket of tokens would either
// allow twice as many in the first five minutes, or fewer in all others.
type window struct {
	at     []int64 // nanoseconds since 1970, a ring
	oldest int     // index; 0 stands there as long as the ring is not full
}

func newWindow(calls int) *window { return &window{at: make([]int64, calls)} }

// full tells how long it takes until one more call may be made.
func (w *window) full(now time.Time) time.Duration {
	if w.at[w.oldest] == 0 {
		return 0
	}
	return time.Duration(w.at[w.oldest] + int64(rateWindow) - now.UnixNano())
}

func (w *window) add(now time.Time) {
	w.at[w.oldest] = now.UnixNano()
	w.oldest = (w.oldest + 1) % len(w.at)
}

func (w *window) count(now time.Time) (n int) {
	for _, at := range w.at {
		if at > now.Add(-rateWindow).UnixNano() {
			n++
		}
	}
	return n
}
