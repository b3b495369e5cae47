package ui

import (
	"context"
	"io"
)

// MessageKind is the tone of a message; it decides colour and icon.
type MessageKind string

// The kinds of messages.
const (
	Info MessageKind = "info"
	Warn MessageKind = "warn"
	Bad  MessageKind = "bad"
	Good MessageKind = "good"
)

func (k MessageKind) icon() IconName {
	switch k {
	case Warn:
		return IconWarn
	case Bad:
		return IconFailed
	case Info:
		return IconInfo
	default:
		return IconDone
	}
}

// MessageBox says something in a box: bold first words, then the text, at most one button.
type MessageBox struct {
	Kind   MessageKind
	Icon   IconName // instead of the kind's own, such as IconPaused
	Bold   string
	Text   string
	Body   Component // further content below the text
	Action *Button
	Alert  bool // read out at once by screen readers
}

// Render writes the box.
func (m MessageBox) Render(ctx context.Context, w io.Writer) error { return m.view().Render(ctx, w) }

func (m MessageBox) icon() IconName {
	if m.Icon != "" {
		return m.Icon
	}
	return m.Kind.icon()
}

// Tab is one of Tabs.
type Tab struct {
	Label   string
	Href    string
	Count   int  // shown when not negative
	Bad     bool // the count is red, when above zero
	Current bool
}

// NavItem is one entry of GroupNav.
type NavItem struct {
	Label   string
	Href    string // mostly the target of a Group: "#basic"
	Count   int    // shown when above zero
	Kind    MessageKind
	Current bool
}

// Tile is one line of a TileGroup.
type Tile struct {
	Icon  IconName
	Label string
	Href  string
	Meta  string // figures at the right: "3,004 · 2,611 published"
	Bad   bool   // Meta needs attention
}

// TileGroup is a group of the start page. Its title is a link when Href is set.
type TileGroup struct {
	Title string
	Href  string
	Tiles []Tile
}

// Fact is a line of a list of facts: label at the left, value at the right of it.
type Fact struct {
	Label string
	Value string
	Mono  bool
	Body  Component // instead of Value
}

// StepState says how far a Step is.
type StepState string

// The states of a step.
const (
	StepDone    StepState = "done"
	StepFailed  StepState = "failed"
	StepNow     StepState = "now"
	StepPending StepState = "pending" // not reached
)

// Step is one step of something that happens in order, such as the test of a connection.
type Step struct {
	State StepState
	Title string
	Text  string
	Meta  string    // at the right: "84 ms"
	Time  string    // at the left, in code: "05:38:12"
	Body  Component // below the text, such as a MessageBox with what to do
}

func (s StepState) icon() IconName {
	switch s {
	case StepDone:
		return IconDone
	case StepFailed:
		return IconFailed
	case StepNow:
		return IconClock
	default:
		return IconNone
	}
}

// SetupStep is one of the three steps of an empty console.
type SetupStep struct {
	Number int
	Title  string
	Text   string
	Done   bool
	Next   bool // the one to do now; only its button is filled
	State  string
	Action Button
}

func (s SetupStep) icon() IconName {
	switch {
	case s.Done:
		return IconDone
	case s.Next:
		return IconNone
	default:
		return IconClock
	}
}

// Empty says what it means that there is nothing, and what to do.
type Empty struct {
	Icon   IconName
	Title  string
	Text   string
	Action *Button
}

// Render writes the empty state.
func (e Empty) Render(ctx context.Context, w io.Writer) error { return e.view().Render(ctx, w) }
