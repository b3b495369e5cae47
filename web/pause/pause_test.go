package pause_test

import (
	"context"
	"database/sql"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/secret"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/pause"
)

type noQueue struct{}

func (noQueue) Decide(context.Context, *sql.Tx, string) error { return nil }
func (noQueue) Deliver(context.Context, *sql.Tx, string, string, int64, time.Time) error {
	return nil
}

type notices struct{ last string }

func (n *notices) SetNotice(_ http.ResponseWriter, _ *http.Request, text string) error {
	n.last = text
	return nil
}

func open(t *testing.T) (*store.Store, http.Handler, *notices) {
	t.Helper()
	dir := t.TempDir()
	box, err := secret.Open(filepath.Join(dir, "secret.key"), true)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Box: box})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	s.UseQueue(noQueue{})
	n := &notices{}
	router := chi.NewRouter()
	router.Route("/distribution", (&pause.Screen{Store: s, Notices: n, Now: time.Now}).Routes)
	return s, router, n
}

func send(t *testing.T, h http.Handler, method, path string, form url.Values) (*httptest.ResponseRecorder, string) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r = r.WithContext(account.WithActor(r.Context(), account.Actor{Name: "ruiz"}))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	page, err := goquery.NewDocumentFromReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return w, strings.Join(strings.Fields(page.Find("main").Text()), " ")
}

func TestPauseAsksForTheReason(t *testing.T) {
	s, h, _ := open(t)
	w, page := send(t, h, http.MethodGet, "/distribution/pause", nil)
	if w.Code != http.StatusOK || !strings.Contains(page, "No delivery runs or waits.") || !strings.Contains(page, "Reason") {
		t.Errorf("%d: %s", w.Code, page)
	}
	w, page = send(t, h, http.MethodPost, "/distribution/pause", url.Values{"reason": {"  "}})
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(page, "Enter why.") {
		t.Errorf("%d: %s", w.Code, page)
	}
	long := strings.Repeat("x", 501)
	w, page = send(t, h, http.MethodPost, "/distribution/pause", url.Values{"reason": {long}})
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(page, "Shorten") {
		t.Errorf("%d: %s", w.Code, page)
	}
	if p, err := s.PausedAll(t.Context()); p != nil || err != nil {
		t.Errorf("paused without a reason: %v %v", p, err)
	}
}

func TestPauseAndResume(t *testing.T) {
	s, h, n := open(t)
	w, _ := send(t, h, http.MethodPost, "/distribution/pause", url.Values{"reason": {"network work"}})
	p, err := s.PausedAll(t.Context())
	if w.Code != http.StatusSeeOther || err != nil || p == nil || p.Reason != "network work" || p.By != "ruiz" || p.Since.IsZero() {
		t.Fatalf("%d: paused %+v %v", w.Code, p, err)
	}
	if !strings.Contains(n.last, "Distribution is paused.") {
		t.Errorf("notice %q", n.last)
	}
	w, page := send(t, h, http.MethodGet, "/distribution/pause", nil)
	if w.Code != http.StatusOK || !strings.Contains(page, "by ruiz. network work") || !strings.Contains(page, "Resume") {
		t.Errorf("%d: %s", w.Code, page)
	}
	w, page = send(t, h, http.MethodPost, "/distribution/pause", url.Values{"reason": {"another reason"}})
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(page, "by ruiz. network work") {
		t.Errorf("a second pause: %d: %s", w.Code, page)
	}
	w, _ = send(t, h, http.MethodPost, "/distribution/resume", nil)
	if p, err := s.PausedAll(t.Context()); w.Code != http.StatusSeeOther || p != nil || err != nil {
		t.Errorf("%d: still paused %v %v", w.Code, p, err)
	}
}

func TestPauseStandsBesideObserveOnly(t *testing.T) {
	s, h, n := open(t)
	if err := s.SaveSiteConnection(t.Context(), site.Connection{Kind: site.Embedded, ObserveOnly: true}); err != nil {
		t.Fatal(err)
	}
	w, page := send(t, h, http.MethodGet, "/distribution/pause", nil)
	if w.Code != http.StatusOK || !strings.Contains(page, "Reason") || strings.Contains(page, "is paused since") {
		t.Errorf("%d: %s", w.Code, page)
	}
	if w, _ = send(t, h, http.MethodPost, "/distribution/pause", url.Values{"reason": {"network work"}}); w.Code != http.StatusSeeOther {
		t.Errorf("%d", w.Code)
	}
	if p, err := s.PausedAll(t.Context()); err != nil || p.Observing() || p.Reason != "network work" {
		t.Errorf("paused %+v %v", p, err)
	}
	send(t, h, http.MethodPost, "/distribution/resume", nil)
	if p, err := s.PausedAll(t.Context()); err != nil || !p.Observing() || !strings.Contains(n.last, "Nothing is sent yet") {
		t.Errorf("after resume %+v %v, notice %q", p, err, n.last)
	}
}
