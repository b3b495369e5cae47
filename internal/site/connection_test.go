package site_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/site"
)

func TestWindow(t *testing.T) {
	at := func(hour, minute int) time.Time { return time.Date(2026, 11, 25, hour, minute, 0, 0, time.UTC) }
	for _, c := range []struct {
		window site.Window
		now    time.Time
		open   bool
		next   time.Time
	}{
		{site.Window{}, at(3, 0), true, at(3, 0)},
		{site.Window{From: 60, To: 120}, at(1, 0), true, at(1, 0)},
		{site.Window{From: 60, To: 120}, at(2, 0), false, at(25, 0)},
		{site.Window{From: 22 * 60, To: 6 * 60}, at(23, 30), true, at(23, 30)},
		{site.Window{From: 22 * 60, To: 6 * 60}, at(5, 59), true, at(5, 59)},
		{site.Window{From: 22 * 60, To: 6 * 60}, at(6, 0), false, at(22, 0)},
	} {
		open, next := c.window.Open(c.now)
		if open != c.open || !next.Equal(c.next) {
			t.Errorf("%+v at %s: %v, %s", c.window, c.now, open, next)
		}
	}
}

func TestOrigin(t *testing.T) {
	for want, c := range map[string]site.Connection{
		"https://sense.acme.example:4242":    {Way: site.ByCertificate, Host: "sense.acme.example"},
		"https://[::1]:4242":                 {Way: site.ByCertificate, Host: "::1"},
		"https://sense.acme.example:443/jwt": {Way: site.ByProxy, Host: "sense.acme.example", Prefix: "/jwt/"},
	} {
		if got := c.Origin().String(); got != want {
			t.Errorf("%s instead of %s", got, want)
		}
	}
}

func TestAConnectionTellsNoSecret(t *testing.T) {
	c := site.Connection{Kind: site.Repository, Host: "sense", KeyPEM: "hush", JWT: "hush"}
	for _, form := range []string{"%v", "%+v", "%#v", "%s"} {
		if told := fmt.Sprintf(form, c); told != "repository https://sense:4242" {
			t.Errorf("%s tells %s", form, told)
		}
	}
}
