package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

// Times of a trial of the callback address.
const (
	selfCallTime = 5 * time.Second
	siteCallTime = 2 * time.Second // for a change that happens to come: there is no call that makes the site call
)

// trials are paths that were made up for a test of the callback address.
type trials struct {
	mu   sync.Mutex
	came map[string]chan struct{} // closed when somebody called the path
}

// open makes a path up, until it is closed.
func (t *trials) open() (token string, came <-chan struct{}, closed func()) {
	token = rand.Text()
	called := make(chan struct{})
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.came == nil {
		t.came = map[string]chan struct{}{}
	}
	t.came[token] = called
	return token, called, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.came, token)
	}
}

// hit says whether a call came for a trial, and notes it. Only its first call counts.
func (t *trials) hit(token string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	called, open := t.came[token]
	if open {
		close(called)
		delete(t.came, token)
	}
	return open
}

// reached says what is known of whether the site at c reaches this console: by callbacks that came, else by calling the address from
// here and by subscribing for a moment.
func (s *sites) reached(c site.Connection) func(context.Context) api.CallbackResult {
	return func(ctx context.Context) api.CallbackResult {
		now, connector := s.now()
		if connector != nil && now.SameSite(c) && now.Callback == c.Callback {
			if last := connector.Picture().LastCallback; !last.IsZero() {
				return api.CallbackResult{State: api.Passed, Found: "The site called last on " + last.Format("2 Jan 2006 15:04:05 MST") + "."}
			}
		}
		if r := s.callsItself(ctx, c.Callback); r.State != "" {
			return r
		}
		return s.isCalled(ctx, c)
	}
}

func callbackAddress(base, token string) string {
	return strings.TrimRight(base, "/") + qrs.CallbackPath + token
}

// callsItself calls the callback address from here; the zero result says that it led to this console.
func (s *sites) callsItself(ctx context.Context, address string) api.CallbackResult {
	token, came, closed := s.trials.open()
	defer closed()
	ctx, cancel := context.WithTimeout(ctx, selfCallTime)
	defer cancel()
	status, err := post(ctx, callbackAddress(address, token))
	select {
	case <-came:
		return api.CallbackResult{}
	default:
	}
	if err == nil {
		return api.CallbackResult{State: api.NotPassed, Found: fmt.Sprintf("%s leads to something else than this console (HTTP %d).", address, status),
			Remedy: "Enter the address under which the site's server reaches this console; a proxy between must pass " + qrs.CallbackPath + " on as it is."}
	}
	r := api.CallbackResult{State: api.NotChecked, Found: fmt.Sprintf("%s cannot be reached from here: %s.", address, fault.OfNetwork(plain(err))),
		Remedy: "If only the site's network leads there, that may be right: Site shows the last callback when it comes. Else check host and port of the callback address, and the firewall before this console. Until a callback comes, the site is looked at from time to time."}
	if _, untrusted := errors.AsType[*tls.CertificateVerificationError](err); untrusted {
		r.Remedy = "If Windows on the site does not trust it either, the site calls nobody and says nothing: give this console a certificate that is trusted there, or let the callback address begin with http. Until a callback comes, the site is looked at from time to time."
	}
	return r
}

// plain is an error without the address that was called: its end is a secret.
func plain(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// post makes an empty call; redirects are not followed.
func post(ctx context.Context, address string) (status int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, http.NoBody)
	if err != nil {
		return 0, err
	}
	dialer := &net.Dialer{Control: outward}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: dialer.DialContext},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	_ = response.Body.Close() // the status is all that counts
	return response.StatusCode, nil
}

// outward refuses link-local addresses: there a cloud gives its machines their secrets, and nobody reaches a console.
func outward(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err == nil && to.Addr().Unmap().IsLinkLocalUnicast() {
		err = fmt.Errorf("%s is a link-local address", to.Addr())
	}
	return err
}

// isCalled subscribes for a moment: the site may refuse that, and something may happen there meanwhile.
func (s *sites) isCalled(ctx context.Context, c site.Connection) api.CallbackResult {
	client, err := api.New(c, api.Options{Log: s.log})
	if err != nil {
		return refused(err)
	}
	defer client.Close()
	token, came, closed := s.trials.open()
	defer closed()
	handle, err := client.Subscribe(ctx, "App", callbackAddress(c.Callback, token))
	if err != nil {
		return refused(err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), siteCallTime)
		defer cancel()
		if err := client.Unsubscribe(ctx, handle); err != nil {
			s.log.DebugContext(ctx, "a trial subscription was not ended", "error", err)
		}
	}()
	timer := time.NewTimer(siteCallTime)
	defer timer.Stop()
	select {
	case <-came:
		return api.CallbackResult{State: api.Passed, Found: "The site called " + c.Callback + "."}
	case <-timer.C:
	case <-ctx.Done():
	}
	return api.CallbackResult{State: api.NotChecked,
		Found: "From here " + c.Callback + " leads to this console, and the site took a subscription. Nothing happened there meanwhile, so it did not call. Site shows the last callback when it comes."}
}

func refused(err error) api.CallbackResult {
	r := api.CallbackResult{State: api.NotPassed, Found: err.Error(), Remedy: "The site is looked at from time to time instead."}
	if e, ok := errors.AsType[*api.Error](err); ok {
		r.Found, r.Remedy = e.Said, e.Remedy
	}
	return r
}
