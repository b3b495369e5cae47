package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/skyferry/skyferry/internal/deployment"
)

// TestATestOfAConnectionThatTakesAllItsTimeIsTold: what was found is written after the time for finding it is over.
func TestATestOfAConnectionThatTakesAllItsTimeIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newFace(t)
		id, err := c.store.CreateDeployment(t.Context(), deployment.Deployment{
			Name: "eu", Endpoint: "https://eu.example", Audience: "qlik.api", Auth: deployment.APIKey, APIKey: "key", Landing: deployment.Landing{Space: "Skyferry"},
		}, "")
		c.ok(err)
		signedIn := c.serve(http.MethodPost, "/sign-in", "name=admin&password="+strings.ReplaceAll(password, " ", "+")+"&to=/", "")
		got := c.serve(http.MethodPost, "/deployments/"+id+"/test", "", signedIn.Header().Get("Set-Cookie"))
		if got.Code != http.StatusOK || !strings.Contains(got.Body.String(), "No answer in time") {
			t.Errorf("answered %d, without what was found", got.Code)
		}
	})
}

// serve asks the console without a network, so that nothing but its own clocks is waited for.
func (c *console) serve(method, path, form, cookie string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(c.Context(), method, path, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Cookie", cookie)
	w := httptest.NewRecorder()
	c.face.Handler().ServeHTTP(w, r)
	return w
}
