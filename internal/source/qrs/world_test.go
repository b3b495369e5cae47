package qrs_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"go.uber.org/goleak"

	"github.com/skyferry/skyferry/internal/sandbox/repository"
	"github.com/skyferry/skyferry/internal/sandbox/repository/faults"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const hubKey = "the-key-of-the-hub"

// certs are made once: that takes a while.
var certs = sync.OnceValue(func() string {
	dir, err := os.MkdirTemp("", "certs-")
	if err != nil {
		panic(err)
	}
	s, err := repository.Open(repository.Options{Dir: filepath.Join(dir, "data"), Certs: dir, AdminKey: hubKey})
	if err != nil {
		panic(err)
	}
	if err := s.Close(); err != nil {
		panic(err)
	}
	return dir
})

// world is a sandbox repository behind real TLS, and a connector to it that keeps what it takes in memory.
type world struct {
	*testing.T

	site       *repository.Server
	connection site.Connection
	hub        string
	store      *memory
	client     *api.Client
	connector  *qrs.Connector
	swap       sync.Mutex // guards connector for callbacks
	stop       func()
	skew       atomic.Int64 // of the connector's clock, in nanoseconds
	requests   requests
	wrap       func(*api.Client) qrs.Client // nil: as it is
	sink       bool                         // apps are not kept
	log        *slog.Logger                 // nil: none
}

// requests are what the site was asked, such as "GET /qrs/app/full".
type requests struct {
	mu        sync.Mutex
	all       []string
	addresses []string // to call back, in order
}

func (q *requests) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q.mu.Lock()
		q.all = append(q.all, r.Method+" "+r.URL.Path)
		if r.Method == http.MethodPost && r.URL.Path == "/qrs/notification" {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			q.addresses = append(q.addresses, strings.Trim(string(body), "\"\n"))
		}
		q.mu.Unlock()
		next.ServeHTTP(w, r)
	})
}

// count says how many requests begin and end like this.
func (q *requests) count(begin, end string) (n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, one := range q.all {
		if strings.HasPrefix(one, begin) && strings.Contains(one, end) {
			n++
		}
	}
	return n
}

// newWorld makes the world; nothing runs before start.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, store: newMemory()}
	dir := t.TempDir()
	w.good(os.CopyFS(dir, os.DirFS(certs())))
	s, err := repository.Open(repository.Options{Dir: t.TempDir(), Certs: dir, AdminKey: hubKey})
	w.good(err)
	w.site = s
	trusted, hub := serve(w.requests.record(s.Trusted()), s.TrustedTLS()), httptest.NewServer(s.Hub())
	w.hub = hub.URL
	routes := chi.NewRouter()
	routes.Post(qrs.CallbackPath+"{token}", w.callback)
	console := httptest.NewServer(routes)
	u, err := url.Parse(trusted.URL)
	w.good(err)
	port, err := strconv.Atoi(u.Port())
	w.good(err)
	w.connection = site.Connection{Kind: site.Repository, Way: site.ByCertificate, Host: u.Hostname(), Port: port, UserDirectory: "SERVICE", UserID: "skyferry",
		ClientFile: filepath.Join(dir, "client.pem"), KeyFile: filepath.Join(dir, "client_key.pem"), RootFile: filepath.Join(dir, "root.pem"),
		Look: 50 * time.Millisecond, Sweep: time.Hour, Callback: console.URL}
	t.Cleanup(func() {
		w.end()
		console.Close()
		trusted.Close()
		hub.Close()
		w.good(s.Close())
	})
	return w
}

func serve(h http.Handler, config *tls.Config) *httptest.Server {
	server := httptest.NewUnstartedServer(h)
	server.TLS = config
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	return server
}

func (w *world) callback(rw http.ResponseWriter, r *http.Request) {
	w.swap.Lock()
	c := w.connector
	w.swap.Unlock()
	c.Callback(rw, r)
}

// start runs a connector by the world's connection, and waits for its first sweep.
func (w *world) start() *world {
	w.Helper()
	w.begin()
	w.until("the first sweep", func() bool { return !w.connector.Picture().Swept.IsZero() })
	return w
}

// begin runs a connector by the world's connection.
func (w *world) begin() {
	w.Helper()
	var err error
	w.client, err = api.New(w.connection, api.Options{})
	w.good(err)
	client := qrs.Client(w.client)
	if w.wrap != nil {
		client = w.wrap(w.client)
	}
	store := qrs.Store(w.store)
	if w.sink {
		store = sink{w.store}
	}
	w.swap.Lock()
	w.connector = qrs.New(qrs.Options{Connection: w.connection, Client: client, Store: store, Log: w.log, Now: func() time.Time { return time.Now().Add(time.Duration(w.skew.Load())) }})
	w.swap.Unlock()
	ctx, cancel := context.WithCancel(w.Context())
	done := make(chan error, 1)
	go func() { done <- w.connector.Run(ctx) }()
	w.stop = func() {
		cancel()
		if err := <-done; err != nil {
			w.Error(err)
		}
		w.client.Close()
	}
}

// skewBy moves the connector's clock.
func (w *world) skewBy(d time.Duration) { w.skew.Add(int64(d)) }

// end stops the connector; it may be called twice.
func (w *world) end() {
	if w.stop != nil {
		w.stop()
		w.stop = nil
	}
}

func (w *world) good(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// until waits until something holds.
func (w *world) until(what string, holds func() bool) {
	w.Helper()
	for end := time.Now().Add(30 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			w.Fatalf("waited in vain for %s; the picture is %+v", what, w.connector.Picture())
		}
	}
}

// call is one of the sandbox's own calls; body and out may be nil.
func (w *world) call(method, path string, body, out any) {
	w.Helper()
	var text bytes.Buffer
	if raw, is := body.([]byte); is {
		text.Write(raw)
	} else if body != nil {
		w.good(json.NewEncoder(&text).Encode(body))
	}
	r, err := http.NewRequestWithContext(w.Context(), method, w.hub+"/sandbox/v1"+path, &text)
	w.good(err)
	r.Header.Set("Authorization", "Bearer "+hubKey)
	a, err := http.DefaultClient.Do(r)
	w.good(err)
	defer a.Body.Close()
	answer, err := io.ReadAll(a.Body)
	w.good(err)
	if a.StatusCode >= 300 {
		w.Fatalf("%s %s: %d %s", method, path, a.StatusCode, answer)
	}
	if out != nil {
		w.good(json.Unmarshal(answer, out))
	}
}

// qrs asks the repository itself, as its administrator.
func (w *world) qrs(method, path string, body any) {
	w.Helper()
	pair, err := tls.LoadX509KeyPair(w.connection.ClientFile, w.connection.KeyFile)
	w.good(err)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{pair}, InsecureSkipVerify: true}}}
	text, err := json.Marshal(body)
	w.good(err)
	const key = "0123456789abcdef"
	address := w.connection.Origin().String() + "/qrs/" + path + "?xrfkey=" + key
	r, err := http.NewRequestWithContext(w.Context(), method, address, bytes.NewReader(text))
	w.good(err)
	r.Header.Set("X-Qlik-Xrfkey", key)
	r.Header.Set("X-Qlik-User", "UserDirectory=INTERNAL; UserId=sa_api")
	a, err := client.Do(r)
	w.good(err)
	defer a.Body.Close()
	if said, _ := io.ReadAll(a.Body); a.StatusCode >= 300 {
		w.Fatalf("%s %s: %d %s", method, path, a.StatusCode, said)
	}
}

// do lets the hub do something with an app.
func (w *world) do(id, verb string, body any) {
	w.Helper()
	w.call(http.MethodPost, "/apps/"+id+"/"+verb, body, nil)
}

// apps of the site, by name.
func (w *world) apps() map[string]string {
	w.Helper()
	var all []struct{ ID, Name string }
	w.call(http.MethodGet, "/apps", nil, &all)
	ids := map[string]string{}
	for _, a := range all {
		ids[a.Name] = a.ID
	}
	return ids
}

// fault lays a fault; undo stops it.
func (w *world) fault(f faults.Fault) (undo func()) {
	w.Helper()
	shown, err := w.site.Faults().Add(f)
	w.good(err)
	return func() { w.good(w.site.Faults().Stop(shown.ID)) }
}
