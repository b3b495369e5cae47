// Package account is about the people who use the console: users, roles, passwords and sign-in sessions.
package account

import (
	"context"
	"time"
)

// Role says what a user may do.
type Role string

// The roles.
const (
	Admin  Role = "admin"  // everything
	Reader Role = "reader" // sees everything, changes nothing
)

// User is somebody who may sign in. Names are unique ignoring case.
type User struct {
	ID       string
	Name     string
	Role     Role
	Disabled bool
	Created  time.Time
	LastSeen time.Time // last sign-in; zero: never
}

// Actor is who does something, for the audit trail.
type Actor struct {
	UserID    string
	Name      string // "Skyferry" for the console itself
	Address   string // the client's address
	RequestID string
}

// System is the console itself as an actor.
var System = Actor{Name: "Skyferry"}

// Repository is who does what the console notices on the site.
var Repository = Actor{Name: "Qlik repository"}

type actorKey struct{}

// WithActor puts the actor of a request into its context.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorOf gives the actor of the context, or System.
func ActorOf(ctx context.Context) Actor {
	if a, ok := ctx.Value(actorKey{}).(Actor); ok {
		return a
	}
	return System
}

// Session is one sign-in on one device.
type Session struct {
	ID      string // hash of the cookie's random id
	UserID  string
	Created time.Time
	Seen    time.Time
	Expires time.Time
	Address string
	Agent   string // User-Agent, shortened
}

// Record is one line of the audit trail.
type Record struct {
	At         time.Time
	Actor      string
	Action     string // created, changed, deleted, paused, resumed, signed-in, ...
	ObjectKind string // deployment, policy, app, stream, property, user, delivery, site, console
	ObjectID   string
	ObjectName string
	Changes    []Change
	RequestID  string
}

// Change is one field before and after; secrets stand as "(changed)".
type Change struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}
