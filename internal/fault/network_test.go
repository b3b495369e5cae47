package fault_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/fault"
)

// libraries are words of Go's own that say nothing to an admin.
var libraries = []string{"dial tcp", "read tcp", "connect:", "x509", "tls:", "http:", "EOF", "i/o timeout", "deadline", "no such host", "lookup"}

func TestNetworkErrorsAreToldInWords(t *testing.T) {
	const closed = "127.0.0.1:1" // nothing listens there
	plain := serve(t, httptest.NewServer)
	secure := serve(t, httptest.NewTLSServer)
	trusted := secure.Client().Transport.(*http.Transport).TLSClientConfig
	for _, c := range []struct {
		what, want string
		err        error
	}{
		{"nobody listens", "nothing listens at " + closed, call(t, &http.Transport{}, "http://"+closed)},
		{"no TLS", "what answers there does not speak TLS", call(t, &http.Transport{}, strings.Replace(plain.URL, "http:", "https:", 1))},
		{"unknown authority", "the certificate was issued by an authority that is not trusted here", call(t, &http.Transport{}, secure.URL)},
		{"another name", "the certificate is not for other.example.org", call(t, &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted.RootCAs, ServerName: "other.example.org"}}, secure.URL)},
		{"expired", "the certificate has expired, or is not valid yet", call(t, &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted.RootCAs, Time: func() time.Time { return time.Unix(1<<33, 0) }}}, secure.URL)},
		{"ended", "the connection ended early", call(t, &http.Transport{}, plain.URL+"/hang-up")},
		{"late", "no answer came in time", call(t, &http.Transport{ResponseHeaderTimeout: time.Millisecond}, plain.URL+"/late")},
		{"stopped", "the call was ended", fmt.Errorf("call: %w", context.Canceled)},
		{"late by the context", "no answer came in time", context.DeadlineExceeded},
		{"the proxy", "the outbound proxy cannot be used: nothing listens at " + closed, call(t, &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: closed})}, secure.URL)},
		{"unknown name", "the name nowhere.invalid is not known here", &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "nowhere.invalid", IsNotFound: true}}},
		{"name servers", "the name servers do not answer for acme.example", &net.DNSError{Err: "i/o timeout", Name: "acme.example", IsTimeout: true}},
		{"no route", "there is no way from here to 10.0.0.5:443", &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(10, 0, 0, 5), Port: 443}, Err: syscall.EHOSTUNREACH}},
		{"reset", "the connection was reset", &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}},
		{"refused in the handshake", "the other side ended the TLS handshake (bad certificate)", &net.OpError{Op: "remote error", Err: errors.New("tls: bad certificate")}},
		{"a guard", "the console may not call it", &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("the console may not call it")}},
		{"our own words", "no byte moved for too long", errors.New("no byte moved for too long")},
	} {
		got := fault.OfNetwork(c.err)
		if got != c.want {
			t.Errorf("%s: %q, want %q (%v)", c.what, got, c.want, c.err)
		}
		for _, word := range libraries {
			if strings.Contains(got, word) {
				t.Errorf("%s: %q quotes Go's %q", c.what, got, word)
			}
		}
	}
}

func serve(t *testing.T, start func(http.Handler) *httptest.Server) *httptest.Server {
	t.Helper()
	s := start(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/late" {
			<-r.Context().Done()
		}
		panic(http.ErrAbortHandler)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(s.Close)
	return s
}

func call(t *testing.T, transport *http.Transport, address string) error {
	t.Helper()
	defer transport.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := (&http.Client{Transport: transport}).Do(r)
	if err == nil {
		response.Body.Close()
		t.Fatal("it answered")
	}
	return err
}
