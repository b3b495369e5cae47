package web_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestCallbacksOfTheSiteComeWithoutASession: the repository signs in nowhere, and its path is a secret.
func TestCallbacksOfTheSiteComeWithoutASession(t *testing.T) {
	c := newConsole(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.server.URL+"/site/notify/a-secret-token", strings.NewReader("[]"))
	c.ok(err)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	a, err := http.DefaultClient.Do(r)
	c.ok(err)
	defer a.Body.Close()
	if a.StatusCode != http.StatusNoContent || len(a.Cookies()) > 0 || len(c.told) != 1 || c.told[0] != "a-secret-token" {
		t.Errorf("%d, cookies %v, told %v", a.StatusCode, a.Cookies(), c.told)
	}
	if strings.Contains(c.log.String(), "a-secret-token") {
		t.Errorf("the log holds the token: %s", &c.log)
	}
	if page := c.browser().get("/site/notify/a-secret-token"); page.status == http.StatusOK || len(c.told) != 1 {
		t.Errorf("GET: %d, told %v", page.status, c.told)
	}
}

// TestACallbackWithoutItsBodyEnds: nobody is signed in here, so that no stranger may hold a connection for ever.
func TestACallbackWithoutItsBodyEnds(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	conn, err := net.Dial("tcp", c.server.Listener.Addr().String())
	c.ok(err)
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "POST /site/notify/unknown HTTP/1.1\r\nHost: console\r\nContent-Length: 100\r\n\r\n[")
	c.ok(err)
	c.ok(conn.SetReadDeadline(time.Now().Add(time.Minute)))
	if _, err := io.ReadAll(conn); err != nil {
		t.Error(err)
	}
}
