// Package tenant is the client of a Qlik Cloud tenant: sign in, upload, import, place, look up. It speaks the published
// REST contract (qlik-cloud-api.md) and turns every way in which a call can end into one *Error with a Cause, so that
// the caller decides by Cause and never by the words of an answer.
//
// The client repeats a call in one case only: a refused token is renewed once. Every other repetition is the caller's,
// because only the caller knows what has to be looked up first.
package tenant
