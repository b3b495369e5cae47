package faults

import (
	"net/http"
	"time"
)

// effect is what a fault does to a call; next does the call, and meets the faults laid later.
type effect func(hit hit, w http.ResponseWriter, r *http.Request, next http.Handler)

// hit is a fault that meets a call.
type hit struct {
	*laid
	list *List
}

// Around lays the faults around everything that next answers. next must not keep anything of the call's context after its
// answer: an import may be done later.
func (l *List) Around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !reachable(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		l.serve(0, next, w, r)
	})
}

func (l *List) serve(after int, next http.Handler, w http.ResponseWriter, r *http.Request) {
	f := l.take(after, r)
	if f == nil {
		next.ServeHTTP(w, r)
		return
	}
	l.Log.InfoContext(r.Context(), "fault", "kind", f.Kind, "fault", f.number, "method", r.Method, "path", r.URL.Path)
	rest := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { l.serve(f.number, next, w, r) })
	f.act(hit{f, l}, w, r, rest)
}

// wait lets time pass; it ends early when the fault is stopped, the tenant closes or the caller is gone.
func (h hit) wait(d time.Duration, gone <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-h.over:
	case <-h.list.closed:
	case <-gone:
	}
}

// held counts a call as waiting until the given function is called.
func (h hit) held() (done func()) {
	h.list.count(h.laid, 1)
	return func() { h.list.count(h.laid, -1) }
}

func (l *List) count(f *laid, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f.waiting += n
}

// abort drops the connection: whoever waits for the answer gets none.
func abort() { panic(http.ErrAbortHandler) }
