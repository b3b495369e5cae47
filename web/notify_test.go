package web_test

import (
	"net/http"
	"strings"
	"testing"
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
