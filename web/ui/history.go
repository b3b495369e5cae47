package ui

import "time"

// HistoryEntry is one change of configuration: who did what, and what it changed.
type HistoryEntry struct {
	At      time.Time
	Who     string
	What    string // "Created", "Changed", "Disabled"
	Changes []Change
}

// Change is one field of a HistoryEntry. An empty side is shown as a dash.
type Change struct{ Field, Before, After string }

func orDash(text string) string {
	if text == "" {
		return Dash
	}
	return text
}
