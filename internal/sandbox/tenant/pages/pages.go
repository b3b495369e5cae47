// Package pages draws the administration pages of a sandbox tenant: its own look, so that nobody mistakes it for the
// console. Pages work without scripts; style and script are embedded files.
package pages

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
	"time"
)

//go:embed sandbox.css sandbox.js icon.svg
var files embed.FS

// Assets holds sandbox.css, sandbox.js and icon.svg.
func Assets() embed.FS { return files }

// Frame is what surrounds every page.
type Frame struct {
	Title    string // of the page
	Intro    string // one sentence below the title; may be empty
	Tenant   string // name of the tenant
	TenantID string
	Host     string // as the browser asked for it
	SignedIn bool
	KeyTail  string // the last characters of the API key, to tell keys apart
	Current  string // path of the menu entry that is open
	Apps     int
	Spaces   int
	Faults   int // active ones
	Notice   Notice
	Create   string // path behind Create new; empty: no such button
}

// Notice is shown once, after something was done.
type Notice struct {
	Text    string
	Secrets []Secret
}

// Secret is a value that is shown only once.
type Secret struct{ Label, Value string }

// Form is a window with fields.
type Form struct {
	Title   string
	Help    string
	Action  string // where it is posted
	Cancel  string // path of the page behind
	Button  string
	Problem string // summary of what is wrong; empty: nothing
	Fields  []Field
}

// Field is one field of a form.
type Field struct {
	Name    string // in the form
	Label   string
	Value   string
	Help    string
	Error   string
	Kind    FieldKind
	Options []string // of a Select, and suggestions of a Suggest
	First   bool     // has the focus when the window opens
	For     string   // the value of the first choice that this field belongs to; empty: all
}

// FieldKind says how a field is drawn.
type FieldKind int

// The kinds of fields.
const (
	Text FieldKind = iota
	Area
	Select
	Suggest
)

// Question asks before something is deleted.
type Question struct {
	Title     string
	Sentences []string
	Problem   string // why it was refused; empty: it was not tried
	Action    string
	Cancel    string
}

// Provider is a row of the identity providers.
type Provider struct {
	ID, Type, Description, Issuer, Audience, KeyID string
	Created                                        time.Time
}

// Client is a row of the OAuth clients.
type Client struct {
	ID, Name string
	Created  time.Time
}

// Key is a row of the API keys.
type Key struct {
	ID, Description, Tail string
	State                 string    // active, expired, revoked
	Expires               time.Time // zero: never
	Created               time.Time
}

// Space is a row of the spaces.
type Space struct {
	ID, Name, Type string
	Apps, Members  int
	Created        time.Time
}

// Member is a row of the members of a space.
type Member struct {
	ID, Name, Type, AssigneeID string
	Roles                      []string
	Created                    time.Time
}

// Collection is a row of the collections.
type Collection struct {
	ID, Name, Type string
	Items          int
	Created        time.Time
}

// Quota is what the page Quota and plan tells.
type Quota struct {
	Plan                         string
	ImportsToday, ImportsPerDay  int // -1: no limit
	Reads, Writes, Chunks        int // calls per minute
	RateLimits, SpaceRoles       bool
	AppMemory, UploadSize        int64 // bytes; -1: no limit
	SharedSpaces, SharedSpacesOf int   // -1: no limit
}

// App is a row of the apps.
type App struct {
	ID, Name  string
	State     string // Staged, Published, In space, Personal
	Space     string // its name; empty when none
	Origin    string // where it came from, in words
	Size      int64
	SHA256    string
	Updated   time.Time
	Placeable bool // Set space makes sense
}

// Fault is a row of the faults that were started.
type Fault struct {
	ID, Label, Endpoint string
	Details             string // what it was given, in words; may be empty
	Active              bool
	Left                string // how many calls and how much time remain
	Hits                int
	Waiting             int // calls that it holds up now
	Started             time.Time
}

// FaultKind is a row of the faults that can be started.
type FaultKind struct{ Kind, Label, Does, Endpoint string }

// AppsPage is a part of the apps.
type AppsPage struct {
	Apps       []App
	Query      string // what was searched for
	Prev, Next string // paths; empty at the ends
}

// initials gives the two letters of the mark.
func initials(name string) string {
	runes := []rune(strings.ToLower(name))
	return string(runes[:min(2, len(runes))])
}

// short gives the beginning and end of a long id.
func short(id string) string {
	if len(id) < 14 {
		return id
	}
	return id[:5] + "…" + id[len(id)-4:]
}

// size writes bytes for people, with the exact figure.
func size(n int64) string {
	const kilo = 1000
	if n < kilo {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n)/kilo, 0
	for value >= kilo && unit < 3 {
		value, unit = value/kilo, unit+1
	}
	return fmt.Sprintf("%.1f %s", value, []string{"kB", "MB", "GB", "TB"}[unit])
}

// thousands writes a number with commas.
func thousands(n int64) string {
	text := strconv.FormatInt(n, 10)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// usedOf writes how much of a bound is used; -1 is none.
func usedOf(used, most int) string {
	if most < 0 {
		return thousands(int64(used)) + ", no limit"
	}
	return thousands(int64(used)) + " of " + thousands(int64(most))
}

func sizeOrNone(n int64) string {
	if n < 0 {
		return "No limit"
	}
	return size(n)
}

func exact(n int64) string { return fmt.Sprintf("%d bytes", n) }

func day(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04") }

func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func fieldID(name string) string { return "field-" + name }
