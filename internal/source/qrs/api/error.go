package api

import (
	"errors"
	"strings"
)

// Kind says in which way a call failed.
type Kind string

// The kinds.
const (
	Unreachable Kind = "unreachable" // name, dial, or the connection broke off
	TLS         Kind = "tls"         // the server's certificate is not that of the site, or root.pem is wrong
	Certificate Kind = "certificate" // our certificate or its key: unreadable, expired, mismatched, or refused by the site
	Passphrase  Kind = "passphrase"  // our key is encrypted
	SignIn      Kind = "sign-in"     // the JWT is unreadable, over, or refused by the proxy
	WrongPort   Kind = "wrong-port"  // something else than QRS listens there
	NotQRS      Kind = "not-qrs"     // a web page, a redirect: a proxy or another server answers
	Booting     Kind = "booting"     // the Repository Service starts, or is stopped
	Forbidden   Kind = "forbidden"   // the user lacks a right
	XSRF        Kind = "xsrf"        // the xrfkey did not arrive as it was sent
	NotFound    Kind = "not-found"   // 404 of the repository itself: it is gone, or hidden from the user
	LinkGone    Kind = "link-gone"   // the link of an exported file no longer works: export anew
	Conflict    Kind = "conflict"    // it was changed since it was read
	Refused     Kind = "refused"     // any other 4xx
	Failed      Kind = "failed"      // the repository failed itself, 5xx
	BadAnswer   Kind = "bad-answer"  // not the data that the contract promises
	Slow        Kind = "slow"        // no byte came for too long
	Interrupted Kind = "interrupted" // our side ended the call
)

// Error is how a call to a repository failed. Its texts may be shown and logged: they hold no secret and no query.
type Error struct {
	Call   string // what was asked for, as words: "read the apps"
	Kind   Kind
	Status int    // HTTP status, 0 when there was no answer
	Said   string // what is wrong: a sentence
	Remedy string // what to do: a sentence
	cause  error
}

// Error gives whole sentences.
func (e *Error) Error() string {
	var parts []string
	if e.Call != "" {
		parts = append(parts, "Could not "+e.Call+".")
	}
	for _, part := range []string{e.Said, e.Remedy} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " ")
}

// Unwrap gives what the network or the context said, or nil.
func (e *Error) Unwrap() error { return e.cause }

// KindOf gives the kind of the *Error in err's chain, or "" when there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return ""
}
