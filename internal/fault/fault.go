// Package fault is the one error type of Skyferry: a kind that decides the response, a text that is safe to show to
// people, and the wrapped cause that only the log sees.
package fault

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Kind says what sort of fault it is, and so what the caller can do about it.
type Kind int

// The kinds. An error that is no *Error counts as Internal.
const (
	Internal     Kind = iota // our fault: the text is opaque, the cause is in the log
	Invalid                  // the input has faults; see Fields
	NotFound                 // the thing is not there (any more)
	Conflict                 // it collides with what is there, or with a change made meanwhile
	Forbidden                // signed in, but not allowed
	Unauthorized             // not signed in
	Unavailable              // it works later: a limit, a full disk, a dependency that is down
)

// Error is a fault with a sentence for people. Fields maps a form field's name to its message when Kind is Invalid or
// Conflict; the map may be empty.
type Error struct {
	Kind   Kind
	Text   string
	Fields map[string]string
	cause  error
}

// New makes an error of a kind with a sentence that is safe to show.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Text: fmt.Sprintf(format, args...)}
}

// Wrap makes an error of a kind that keeps its cause for the log.
func Wrap(cause error, kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Text: fmt.Sprintf(format, args...), cause: cause}
}

// Field makes an error about one field of a form.
func Field(kind Kind, field, format string, args ...any) *Error {
	text := fmt.Sprintf(format, args...)
	return &Error{Kind: kind, Text: text, Fields: map[string]string{field: text}}
}

// InFields makes an Invalid error about several fields, or nil when there is none.
func InFields(fields map[string]string) error {
	if len(fields) == 0 {
		return nil
	}
	first := slices.Sorted(maps.Keys(fields))[0]
	return &Error{Kind: Invalid, Text: fields[first], Fields: fields}
}

// Error gives the text, followed by the cause: for logs, not for pages.
func (e *Error) Error() string {
	if e.cause != nil {
		return e.Text + ": " + e.cause.Error()
	}
	return e.Text
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether err is a fault of this kind.
func Is(err error, kind Kind) bool { return err != nil && Of(err).Kind == kind }

// Of gives the fault in err's chain, or an opaque Internal one that wraps err.
func Of(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Kind: Internal, Text: "Something went wrong in the console itself.", cause: err}
}
