package tenant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The limits of what a tenant may make us wait on 429; a missing header means one second (qlik-cloud-api.md section 0.1).
const (
	shortestWait = time.Second
	longestWait  = time.Hour
	dayWait      = 24 * time.Hour // where the day's imports may be meant
)

// read takes the whole answer and turns everything but 2xx into an *Error.
func (k call) read(parent context.Context, res *http.Response, pass Pass) (answer, error) {
	a := answer{status: res.StatusCode, header: res.Header, tls: res.TLS}
	var err error
	a.body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case a.status/100 != 2: // the status alone decides, even when the text was cut
		return a, k.refusal(a, pass)
	case err != nil:
		return a, k.torn(parent, res, a, err, pass)
	case len(a.body) > maxAnswer:
		return a, k.bad(a, "the answer is larger than 1 MiB and begins: %s", start(a.body, k.hide(pass)))
	}
	return a, nil
}

// torn is the error for an answer that broke off, or did not end in time. A read that began well and then only trickled is
// no answer of a tenant; what a create came to stays unknown.
func (k call) torn(parent context.Context, res *http.Response, a answer, err error, pass Pass) *Error {
	e := k.broken(parent, res.Request.Context(), err, true)
	e.Status = a.status
	if e.Cause == Busy && errors.Is(e.err, errTimeout) {
		e.Cause = BadAnswer
	}
	if e.Cause == BadAnswer || e.Cause == OutcomeUnknown {
		e.Detail = "the answer did not end; it begins: " + start(a.body, k.hide(pass))
	}
	return e
}

// hide gives what must not come back in an error text.
func (k call) hide(pass Pass) []string { return append(pass.secrets(), k.secrets...) }

// refusal is the error for a status that is not 2xx.
func (k call) refusal(a answer, pass Pass) *Error {
	e := &Error{Call: k.name, Status: a.status, Cause: k.cause(a.status)}
	hide := k.hide(pass)
	said := parseRefusal(a.body)
	e.Code, e.Title, e.Detail = clean(said.code, hide), clean(said.title, hide), clean(said.detail, hide)
	e.TraceID = clean(said.trace, hide)
	if said == nothing && len(a.body) > 0 {
		e.Detail = "it answers: " + start(a.body, hide) // a gateway's page, for instance
	}
	if a.status/100 == 3 {
		e.Detail = "it sends the call on to another address" + host(a.header.Get("Location"))
	}
	if e.Cause == RateLimited || a.status == http.StatusServiceUnavailable {
		e.RetryAfter = retryAfter(a.header, e.Cause, k.longestWait())
	}
	if e.Cause == RateLimited && k.daily && e.RetryAfter > rateWindow {
		e.Cause = DaySpent // calls are judged over five minutes: who wants more time means the day
	}
	if tus := a.header.Get("Tus-Version"); a.status == http.StatusPreconditionFailed && tus != "" {
		e.Detail = "it takes uploads by tus " + clean(tus, hide) + ", not " + tusVersion
	}
	return e
}

// cause maps a status, and only the status, to its cause.
func (k call) cause(status int) Cause {
	switch status {
	case http.StatusUnauthorized:
		return Unauthorized
	case http.StatusForbidden:
		return Forbidden
	case http.StatusNotFound:
		return NotFound
	case http.StatusGone:
		return Gone
	case http.StatusLocked:
		return Locked
	case http.StatusRequestEntityTooLarge:
		return TooLarge
	case http.StatusTooManyRequests:
		return RateLimited
	case http.StatusRequestTimeout:
		return Busy
	case http.StatusConflict:
		if k.chunk != nil && !k.creates {
			return OffsetConflict
		}
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		// The gateway gave up; what stands behind it may still finish (qlik-cloud-api.md section 7, known pain d).
		if k.creates {
			return OutcomeUnknown
		}
	}
	switch status / 100 {
	case 4:
		return Refused
	case 5:
		return Busy
	}
	return BadAnswer
}

// retryAfter reads the header, which is whole seconds by contract and a date by HTTP.
func retryAfter(h http.Header, c Cause, longest time.Duration) time.Duration {
	text := h.Get("Retry-After")
	if text == "" && c != RateLimited {
		return 0
	}
	wait := shortestWait
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = time.Until(at)
	}
	return min(max(wait, shortestWait), longest)
}

func (k call) longestWait() time.Duration {
	if k.daily {
		return dayWait
	}
	return longestWait
}

// bad is the error for an answer of 2xx that does not follow the contract.
func (k call) bad(a answer, format string, args ...any) *Error {
	return &Error{Call: k.name, Status: a.status, Cause: BadAnswer, Detail: fmt.Sprintf(format, args...)}
}

// decode reads the answer's JSON into out.
func (k call) decode(a answer, out any, pass Pass) error {
	kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	begins := func() string { return start(a.body, k.hide(pass)) }
	switch err := json.Unmarshal(a.body, out); {
	case strings.Contains(kind, "html"):
		return k.bad(a, "it is a web page, not data: %s", begins())
	case err != nil:
		return k.bad(a, "it is not the expected data: %s", begins())
	case kind != "" && kind != "application/json" && !strings.HasSuffix(kind, "+json"):
		return k.bad(a, "it is %s, not JSON: %s", clean(kind, nil), begins())
	}
	return nil
}
