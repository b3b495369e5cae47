package flow

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

// fault is what happens to a call instead.
type fault func(w http.ResponseWriter, r *http.Request, next http.Handler)

// rule lays a fault on the next calls of a kind.
type rule struct {
	method, path string // a part of the path
	left, hits   int
	act          fault
}

func (f *rule) matches(r *http.Request) bool {
	return f.left > 0 && (f.method == "" || r.Method == f.method) && strings.Contains(r.URL.Path, f.path)
}

const always = 1 << 30

// when lays a fault on the next calls; any method when it is empty.
func (c *cloud) when(times int, method, path string, act fault) *rule {
	c.wire.mu.Lock()
	defer c.wire.mu.Unlock()
	f := &rule{method: method, path: path, left: times, act: act}
	c.wire.rules = append(c.wire.rules, f)
	return f
}

// heal ends all faults.
func (c *cloud) heal() {
	c.wire.mu.Lock()
	defer c.wire.mu.Unlock()
	c.wire.rules = nil
}

func (c *cloud) hits(f *rule) int {
	c.wire.mu.Lock()
	defer c.wire.mu.Unlock()
	return f.hits
}

// refuse answers without doing anything.
func refuse(status int, header ...string) fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"errors":[{"code":"TEST-1","title":"made for a test"}],"traceId":"0123456789abcdef"}`)
	}
}

// late does the call and answers otherwise: the gateway gave up.
func late(status int) fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(httptest.NewRecorder(), r)
		refuse(status)(w, r, nil)
	}
}

// lost does the call, and the connection breaks before the answer.
func lost(_ http.ResponseWriter, r *http.Request, next http.Handler) {
	next.ServeHTTP(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler)
}

// stuck lets no call get an answer until the gate opens.
func stuck(g *gate) fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		<-g.opened
		next.ServeHTTP(w, r)
	}
}

// cutAfter lets n bytes of the body through, then the connection breaks.
func cutAfter(n int64) fault {
	return func(_ http.ResponseWriter, r *http.Request, next http.Handler) {
		r.Body = io.NopCloser(io.MultiReader(io.LimitReader(r.Body, n), broken{}))
		next.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}
}

type broken struct{}

// Read implements io.Reader.
func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// gate holds one call until it is opened.
type gate struct {
	reached chan struct{}
	opened  chan struct{}
	once    sync.Once
	drop    bool // the call gets no answer; set before opened is closed
}

func (n *wire) gate() *gate {
	n.mu.Lock()
	defer n.mu.Unlock()
	g := &gate{reached: make(chan struct{}), opened: make(chan struct{})}
	n.gates = append(n.gates, g)
	return g
}

func (n *wire) openGates(drop bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, g := range n.gates {
		g.let(drop)
	}
}

func (g *gate) open() { g.let(false) }

// let opens the gate; dropped calls get no answer.
func (g *gate) let(drop bool) {
	g.once.Do(func() {
		g.drop = drop
		close(g.opened)
	})
}

// before holds the next such call before it is done, after holds it when it is done and not yet answered.
func (c *cloud) before(method, path string) *gate {
	g := c.wire.gate()
	c.when(1, method, path, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		g.hold()
		next.ServeHTTP(w, r)
	})
	return g
}

func (c *cloud) after(method, path string) *gate {
	g := c.wire.gate()
	c.when(1, method, path, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		g.hold()
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	})
	return g
}

func (g *gate) hold() {
	close(g.reached)
	<-g.opened
	if g.drop {
		panic(http.ErrAbortHandler)
	}
}

// await waits until a call stands at the gate.
func (w *world) await(g *gate) {
	w.Helper()
	select {
	case <-g.reached:
	case <-time.After(limit):
		w.Fatal("no call came to the gate")
	}
}
