package tenant

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/fault"
)

// Error is how a call to a tenant failed. Its text may be shown and logged: it holds no token, secret or query string.
type Error struct {
	Call       string        // what was asked for, as words: "import the app"
	Status     int           // HTTP status, 0 when there was no answer
	Cause      Cause         // decides what to do
	Code       string        // the tenant's own code, for the support only
	Title      string        // the tenant's words
	Detail     string        // the tenant's words, longer; or what was wrong with its answer
	TraceID    string        // what Qlik's support asks for
	RetryAfter time.Duration // how long the tenant wants to be left alone; 0 when it did not say
	err        error
}

// Error says what failed, in which way, and what the tenant said.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Call + ": " + says[e.Cause])
	if e.Status != 0 {
		fmt.Fprintf(&b, " (HTTP %d)", e.Status)
	}
	for _, part := range []string{e.Code, e.Title, e.Detail, e.inner()} {
		if part != "" {
			b.WriteString(": " + part)
		}
	}
	if e.TraceID != "" {
		b.WriteString(" [trace " + e.TraceID + "]")
	}
	return b.String()
}

func (e *Error) inner() string {
	if e.err == nil {
		return ""
	}
	return fault.OfNetwork(e.err)
}

// Unwrap gives what the network or the context said, or nil.
func (e *Error) Unwrap() error { return e.err }

// Advice is a sentence that says what a person can do about it.
func (e *Error) Advice() string { return e.Cause.advice() }

// Temporary reports whether the same may work later without anybody doing something. OutcomeUnknown is temporary too,
// but must be looked up before it is repeated.
func (e *Error) Temporary() bool {
	switch e.Cause {
	case Gone, OffsetConflict, Locked, RateLimited, DaySpent, Busy, OutcomeUnknown, Unreachable, Stalled, Interrupted:
		return true
	}
	return false
}

// CauseOf gives the cause of the *Error in err's chain, or "" when there is none.
func CauseOf(err error) Cause {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Cause
	}
	return ""
}
