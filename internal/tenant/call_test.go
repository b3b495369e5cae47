package tenant_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/tenant"
)

func TestCauseFollowsTheStatus(t *testing.T) {
	type causes struct{ read, create, upload tenant.Cause }
	same := func(c tenant.Cause) causes { return causes{c, c, c} }
	for status, want := range map[int]causes{
		301: same(tenant.BadAnswer),
		400: same(tenant.Refused),
		401: same(tenant.Unauthorized),
		403: same(tenant.Forbidden),
		404: same(tenant.NotFound),
		408: same(tenant.Busy),
		409: {tenant.Refused, tenant.Refused, tenant.OffsetConflict},
		410: same(tenant.Gone),
		412: same(tenant.Refused),
		413: same(tenant.TooLarge),
		423: same(tenant.Locked),
		429: same(tenant.RateLimited),
		500: same(tenant.Busy),
		502: {tenant.Busy, tenant.OutcomeUnknown, tenant.Busy},
		503: same(tenant.Busy),
		504: {tenant.Busy, tenant.OutcomeUnknown, tenant.Busy},
	} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(status)
			})
			ctx := t.Context()
			_, create := c.ImportNew(ctx, "n", "f", "s")
			_, upload := c.UploadChunk(ctx, uploadAt(c), 0, strings.NewReader("abc"), 3)
			_, read := c.App(ctx, "a")
			got := causes{tenant.CauseOf(read), tenant.CauseOf(create), tenant.CauseOf(upload)}
			if got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			if e, ok := errors.AsType[*tenant.Error](read); !ok || e.Status != status || e.Advice() == "" {
				t.Errorf("status or advice missing: %+v", e)
			}
		})
	}
}

func TestErrorTellsTheTenantsWordsAndNoSecret(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want tenant.Error
	}{
		"documented": {
			`{"errors":[{"code":"AUTH-5","title":"Forbidden","detail":"User is not a member","status":"403"}],"traceId":"abc"}`,
			tenant.Error{Code: "AUTH-5", Title: "Forbidden", Detail: "User is not a member", TraceID: "abc"},
		},
		"status as a number, code too": {`{"errors":[{"code":5,"title":"No","status":403}]}`, tenant.Error{Code: "5", Title: "No"}},
		"top level":                    {`{"code":"X","title":"No"}`, tenant.Error{Code: "X", Title: "No"}},
		"empty":                        {``, tenant.Error{}},
		"a page":                       {`<html>no</html>`, tenant.Error{Detail: "it answers: <html>no</html>"}},
		"echoes the token": {
			`{"errors":[{"title":"bad token-1","detail":"Bearer abc.def and eyJhbGciOi.eyJzdWIi.c2ln\nend"}]}`,
			tenant.Error{Title: "bad (secret)", Detail: "(secret) and (secret) end"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			cl, _ := client(t, func(w http.ResponseWriter, r *http.Request) { say(w, 403, c.body) })
			_, err := cl.App(t.Context(), "a")
			e, ok := errors.AsType[*tenant.Error](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			got := tenant.Error{Code: e.Code, Title: e.Title, Detail: e.Detail, TraceID: e.TraceID}
			if diff := cmp.Diff(c.want, got, cmp.Comparer(func(a, b tenant.Error) bool { return a == b })); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(err.Error(), "token-1") || strings.Contains(err.Error(), "c2ln") {
				t.Errorf("tells a secret: %v", err)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"13": 13 * time.Second, "": time.Second, "0": time.Second, "nonsense": time.Second, "999999999": time.Hour,
		"Wed, 21 Oct 2015 07:28:00 GMT": time.Second,
	} {
		c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
			if text != "" {
				w.Header().Set("Retry-After", text)
			}
			say(w, 429, `{"errors":[{"code":"HTTP-429"}]}`)
		})
		_, err := c.App(t.Context(), "a")
		if e, ok := errors.AsType[*tenant.Error](err); !ok || e.RetryAfter != want || !e.Temporary() {
			t.Errorf("Retry-After %q: got %+v, want %s", text, e, want)
		}
	}
}

func TestRefusedTokenIsRenewedOnce(t *testing.T) {
	var calls atomic.Int32
	c, tokens := client(t, func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		if r.Header.Get("Authorization") != "Bearer token-2" {
			say(w, 401, `{}`)
			return
		}
		say(w, 200, anApp)
	})
	if _, err := c.ImportNew(t.Context(), "n", "f", ""); err != nil {
		t.Fatal(err)
	}
	if calls.Load() != 2 || tokens.drops != 1 {
		t.Errorf("%d calls, %d drops", calls.Load(), tokens.drops)
	}
}

func TestTokenThatStaysRefusedIsUnauthorized(t *testing.T) {
	var calls atomic.Int32
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) { calls.Add(1); say(w, 401, `{}`) })
	_, err := c.App(t.Context(), "a")
	e, ok := errors.AsType[*tenant.Error](err)
	if !ok || e.Cause != tenant.Unauthorized || e.Temporary() || calls.Load() != 2 {
		t.Errorf("got %v after %d calls", err, calls.Load())
	}
}

// cutOff reads the request and closes the connection, after some bytes of an answer.
func cutOff(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_, _ = io.WriteString(conn, answer)
			_ = conn.Close()
		}
	}
}

func TestLostAnswer(t *testing.T) {
	for name, answer := range map[string]string{
		"none":           "",
		"cut in header":  "HTTP/1.1 200 OK\r\nContent-",
		"cut in body":    "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"attributes\":{\"id\":\"a",
		"cut in chunked": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"att",
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := client(t, cutOff(answer))
			_, create := c.ImportStaged(t.Context(), "app-id", "n", "file-id")
			if got := tenant.CauseOf(create); got != tenant.OutcomeUnknown {
				t.Errorf("a create: %v", create)
			}
			if strings.Contains(create.Error(), "file-id") {
				t.Errorf("the error tells the query: %v", create)
			}
			_, read := c.App(t.Context(), "a")
			if got := tenant.CauseOf(read); got != tenant.Busy {
				t.Errorf("a read: %v", read)
			}
		})
	}
}

func TestNobodyListens(t *testing.T) {
	server := serve(t, func(http.ResponseWriter, *http.Request) {})
	server.Close()
	for _, endpoint := range []string{server.URL, "no address", "", "ftp://127.0.0.1"} {
		c := tenant.New(endpoint, &counted{}, httpClient(t, loopback))
		if _, err := c.ImportNew(t.Context(), "n", "f", ""); tenant.CauseOf(err) != tenant.Unreachable {
			t.Errorf("%q: got %v", endpoint, err)
		}
	}
}

func TestWhyTheNetworkFailedIsToldInWords(t *testing.T) {
	c := tenant.New("http://127.0.0.1:1", &counted{}, httpClient(t, loopback))
	_, err := c.TenantID(t.Context())
	if err == nil || !strings.Contains(err.Error(), "could not be reached: nothing listens at 127.0.0.1:1") || strings.Contains(err.Error(), "dial tcp") {
		t.Errorf("got %v", err)
	}
}

func TestOurSideEndsTheCall(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })
	_, create := c.ImportNew(ctx, "n", "f", "")
	if tenant.CauseOf(create) != tenant.OutcomeUnknown || !errors.Is(create, context.Canceled) {
		t.Errorf("a create that was sent: %v", create)
	}
	_, read := c.App(ctx, "a")
	if tenant.CauseOf(read) != tenant.Interrupted {
		t.Errorf("a read that was not sent: %v", read)
	}
}

func TestBadAnswers(t *testing.T) {
	for name, c := range map[string]struct{ kind, body, says string }{
		"a page":         {"text/html; charset=utf-8", "<html>Sign in token-1</html>", "web page, not data: <html>Sign in (secret)</html>"},
		"no JSON":        {"application/json", "{", "not the expected data"},
		"nothing":        {"application/json", "", "it is empty"},
		"something else": {"application/json", `{"hello":1}`, "describes no app"},
		"gigantic":       {"application/json", "{ token-1" + strings.Repeat(" ", 2<<20), "larger than 1 MiB and begins: { (secret)"},
		"another type":   {"text/plain", anApp, "it is text/plain, not JSON: {"},
		"a type of JSON": {"application/problem+json", `{"hello":1}`, "describes no app"},
		"no type":        {"", `{"hello":1}`, "describes no app"},
	} {
		t.Run(name, func(t *testing.T) {
			cl, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header()["Content-Type"] = nil // and no guess
				if c.kind != "" {
					w.Header().Set("Content-Type", c.kind)
				}
				_, _ = io.WriteString(w, c.body)
			})
			_, err := cl.App(t.Context(), "a")
			if tenant.CauseOf(err) != tenant.BadAnswer || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want BadAnswer with %q", err, c.says)
			}
		})
	}
}

// A body that only trickles ends with the time of the call. What a create came to is not known then.
func TestSlowBody(t *testing.T) {
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"hello":"token-1`)
		for w.(http.Flusher).Flush(); r.Context().Err() == nil; {
			time.Sleep(time.Millisecond)
			_, _ = io.WriteString(w, " ")
		}
	})
	c.SetTimeout(200 * time.Millisecond)
	_, read := c.App(t.Context(), "a")
	if tenant.CauseOf(read) != tenant.BadAnswer || !strings.Contains(read.Error(), `it begins: {"hello":"(secret)`) {
		t.Errorf("a read: %v", read)
	}
	_, create := c.CreateSpace(t.Context(), "n", tenant.Managed, "")
	if tenant.CauseOf(create) != tenant.OutcomeUnknown || !strings.Contains(create.Error(), "it begins") {
		t.Errorf("a create: %v", create)
	}
}

func TestRedirects(t *testing.T) {
	var stray atomic.Int32
	other := serve(t, func(w http.ResponseWriter, r *http.Request) { stray.Add(1); say(w, 200, anApp) })
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/v1/apps/here":
			http.Redirect(w, r, "/api/v1/apps/there", http.StatusFound)
		case "/api/v1/apps/there":
			say(w, 200, anApp)
		default:
			http.Redirect(w, r, other.URL+"/api/v1/apps/x?secret=1", http.StatusTemporaryRedirect)
		}
	})
	if _, err := c.App(t.Context(), "here"); err != nil {
		t.Errorf("a read on the same host: %v", err)
	}
	if _, err := c.SetAttributes(t.Context(), "here", "n", "d"); tenant.CauseOf(err) != tenant.BadAnswer {
		t.Errorf("a change on the same host: %v", err)
	}
	_, err := c.App(t.Context(), "away")
	if tenant.CauseOf(err) != tenant.BadAnswer || strings.Contains(err.Error(), "secret=1") {
		t.Errorf("another host: %v", err)
	}
	if stray.Load() != 0 {
		t.Error("the other host was called")
	}
}
