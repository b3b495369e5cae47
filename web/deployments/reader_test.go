package deployments_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/web/deployments"
	"github.com/skyferry/skyferry/web/middleware"
)

// reader is somebody who is signed in and may only read.
type reader struct{}

func (reader) UserID(*http.Request) (string, error) { return "1", nil }
func (reader) User(context.Context, string) (account.User, error) {
	return account.User{ID: "1", Name: "ruiz", Role: account.Reader}, nil
}

func TestReadersSeeAndMakeNoKeys(t *testing.T) {
	d := newDesk(t)
	id, err := d.store.CreateDeployment(t.Context(), deployment.Deployment{
		Name: "eu", Endpoint: "https://acme.eu.qlikcloud.com", Audience: "qlik.api", Auth: deployment.ClientCredentials,
		ClientID: "abc", ClientSecret: "hush-hush", TokenEndpoint: "https://acme.eu.qlikcloud.com/oauth/token", Landing: deployment.Landing{Space: "Skyferry", Create: true},
	}, "")
	if err != nil {
		t.Fatal(err)
	}
	router := chi.NewRouter()
	router.Use(middleware.SignedIn(reader{}, reader{}))
	router.Route("/deployments", (&deployments.Screen{Store: d.store, Tester: d, Notices: d, Now: time.Now}).Routes)
	d.server.Close()
	d.server = httptest.NewServer(router)
	defer d.server.Close()

	d.want(d.get("/deployments/new"), http.StatusForbidden)
	d.want(d.get("/deployments/"+id+"/key"), http.StatusForbidden)
	page := d.want(d.get("/deployments/"+id), http.StatusOK)
	d.wants(page, "acme.eu.qlikcloud.com")
	if n := page.Find(".actions, .pane-foot a").Length(); n != 0 {
		t.Errorf("%d ways to change something", n)
	}
}
