package middleware_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/web/middleware"
)

// dial sends a request to a handler and reads nothing of the answer.
func dial(t *testing.T, handler http.Handler, request string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	if _, err := io.WriteString(client, request); err != nil {
		t.Fatal(err)
	}
}

func within(t *testing.T, failed <-chan error) {
	t.Helper()
	select {
	case err := <-failed:
		if err == nil {
			t.Error("the client that stood still was taken for a good one")
		}
	case <-time.After(10 * time.Second):
		t.Error("the handler still waits for a client that stands still")
	}
}

func TestABodyThatStandsStillEnds(t *testing.T) {
	failed := make(chan error, 1)
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		failed <- err
	})
	dial(t, middleware.Timeout(50*time.Millisecond)(handler), "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
	within(t, failed)
}

func TestAnAnswerThatNobodyFetchesEnds(t *testing.T) {
	failed := make(chan error, 1)
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, err := io.Copy(w, strings.NewReader(strings.Repeat("x", 64<<20)))
		failed <- err
	})
	dial(t, middleware.WriteLimit(50*time.Millisecond)(handler), "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	within(t, failed)
}

func TestAnAbortedAnswerIsCutAndNotCompleted(t *testing.T) {
	server := httptest.NewServer(middleware.Recover(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		panic(http.ErrAbortHandler)
	})))
	defer server.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return
	}
	defer response.Body.Close()
	if text, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("half an answer arrived as a whole one: %q", text)
	}
}

// TestAConnectionIsGoodAfterARequestThatTookAllItsTime: what ends a request must not end the next one of the same connection.
func TestAConnectionIsGoodAfterARequestThatTookAllItsTime(t *testing.T) {
	const limit = 50 * time.Millisecond
	ended := make(chan error, 2)
	slow := middleware.Timeout(limit)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		slow.ServeHTTP(w, r)
		select {
		case <-r.Context().Done():
		case <-time.After(4 * limit): // what would end the connection's context has had its time
		}
		ended <- r.Context().Err()
	}))
	defer server.Close()
	for range 2 {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if err := <-ended; err != nil {
			t.Errorf("the connection's context: %v", err)
		}
	}
}
