package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/sandbox/repository"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

const trialKey = "the-key-of-the-hub"

// trialSite is a sandbox repository with a connection to it.
func trialSite(t *testing.T) (hub string, c site.Connection) {
	t.Helper()
	dir := t.TempDir()
	s, err := repository.Open(repository.Options{Dir: filepath.Join(dir, "data"), Certs: dir, AdminKey: trialKey})
	if err != nil {
		t.Fatal(err)
	}
	trusted := httptest.NewUnstartedServer(s.Trusted())
	trusted.TLS = s.TrustedTLS()
	trusted.StartTLS()
	doors := httptest.NewServer(s.Hub())
	t.Cleanup(func() { trusted.Close(); doors.Close(); _ = s.Close() })
	u, _ := url.Parse(trusted.URL)
	port, _ := strconv.Atoi(u.Port())
	return doors.URL, site.Connection{Kind: site.Repository, Way: site.ByCertificate, Host: u.Hostname(), Port: port, UserDirectory: "SERVICE", UserID: "skyferry",
		ClientFile: filepath.Join(dir, "client.pem"), KeyFile: filepath.Join(dir, "client_key.pem"), RootFile: filepath.Join(dir, "root.pem")}
}

// ask makes a call of the sandbox itself.
func ask(ctx context.Context, method, address, body string) string {
	r, _ := http.NewRequestWithContext(ctx, method, address, bytes.NewReader([]byte(body)))
	r.Header.Set("Authorization", "Bearer "+trialKey)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return string(text)
}

func TestWhetherTheSiteReachesUs(t *testing.T) {
	s := &sites{log: slog.New(slog.DiscardHandler)}
	routes := http.NewServeMux()
	routes.HandleFunc("POST "+qrs.CallbackPath+"{token}", s.Callback)
	ours, secure := httptest.NewServer(routes), httptest.NewUnstartedServer(routes)
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	secure.StartTLS()
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(func() { ours.Close(); secure.Close(); other.Close() })
	hub, c := trialSite(t)
	check := func(address string, state api.StepState, words string) {
		t.Helper()
		c.Callback = address
		r := s.reached(c)(t.Context())
		if text := r.Found + " " + r.Remedy; r.State != state || !strings.Contains(text, words) || strings.Contains(text, qrs.CallbackPath+"A") || strings.Contains(text, "dial tcp") || strings.Contains(text, "x509") {
			t.Errorf("%s: %+v", address, r)
		}
	}
	check(other.URL, api.NotPassed, "leads to something else than this console (HTTP 404)")
	check("http://127.0.0.1:1", api.NotChecked, "http://127.0.0.1:1 cannot be reached from here: nothing listens at 127.0.0.1:1. If only the site's network leads there")
	check(secure.URL, api.NotChecked, "that is not trusted here. If Windows on the site does not trust it either")
	check(ours.URL+"/", api.NotChecked, "leads to this console, and the site took a subscription")
	if left := ask(t.Context(), "GET", hub+"/sandbox/v1/subscriptions", ""); !strings.Contains(left, `"count":0`) {
		t.Errorf("subscriptions that are left: %s", left)
	}
	ask(t.Context(), "POST", hub+"/sandbox/v1/faults", `{"kind":"forbidden"}`)
	check(ours.URL, api.NotPassed, "does not allow it to the user")
	ask(t.Context(), "DELETE", hub+"/sandbox/v1/faults", "")

	ctx, stop := context.WithCancel(t.Context())
	changed := make(chan struct{})
	go func() { // somebody works on the site all the while
		defer close(changed)
		apps := ask(ctx, "GET", hub+"/sandbox/v1/apps", "")
		_, rest, _ := strings.Cut(apps, `"id":"`)
		id, _, _ := strings.Cut(rest, `"`)
		for i := 0; ctx.Err() == nil; i++ {
			ask(ctx, "POST", hub+"/sandbox/v1/apps/"+id+"/rename", `{"name":"Renamed `+strconv.Itoa(i)+`"}`)
			time.Sleep(20 * time.Millisecond)
		}
	}()
	c.Callback = ours.URL
	deadline := time.Now().Add(time.Minute)
	for r := s.reached(c)(t.Context()); r.State != api.Passed; r = s.reached(c)(t.Context()) {
		if time.Now().After(deadline) {
			t.Fatalf("nobody called: %+v", r)
		}
	}
	stop()
	<-changed
}

// TestTheTrialReachesNoLinkLocalAddress: whoever may enter an address would else ask the cloud's metadata through us.
func TestTheTrialReachesNoLinkLocalAddress(t *testing.T) {
	for _, address := range []string{"http://169.254.169.254/", "http://[fe80::1]:80/", "http://[::ffff:169.254.169.254]/"} {
		if _, err := post(t.Context(), address); err == nil || !strings.Contains(err.Error(), "link-local") {
			t.Errorf("%s: %v", address, err)
		}
	}
}
