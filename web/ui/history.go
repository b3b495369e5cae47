package ui

import (
	"strconv"
	"time"
)

// HistoryEntry is one change of configuration: who did what, and what it changed.
type HistoryEntry struct {
	At      time.Time
	Who     string
	What    string // "Created", "Changed", "Disabled"
	Changes []Change
}

// Change is one field of a HistoryEntry. An empty side is shown as a dash.
type Change struct{ Field, Before, After string }

// recorded are the fields whose values are recorded exactly, and how people read them: a value beside the one on the other side.
var recorded = map[string]func(value, other string) Component{
	"Size":                         recordedSize,
	"Last reload":                  recordedTime,
	"Time between two looks":       recordedSpan,
	"Time between two full sweeps": recordedSpan,
}

// side is one side of a change, beside the other. A value that is not what its field promises stands as it is.
func (c Change) side(value, other string) Component {
	if write := recorded[c.Field]; write != nil && value != "" {
		return write(value, other)
	}
	return Text(orDash(value))
}

// recordedSize is told to the byte where both sides would read the same.
func recordedSize(value, other string) Component {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return Text(value)
	}
	if m, err := strconv.ParseInt(other, 10, 64); err == nil && Bytes(n) == Bytes(m) {
		return Text(Number(n) + " B")
	}
	return Text(Bytes(n))
}

// recordedTime is told to the second where both sides would read the same.
func recordedTime(value, other string) Component {
	t, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return Text(value)
	}
	o, _ := time.Parse(time.RFC3339, other) // the zero time is told otherwise than any
	return TimeBeside(t, o)
}

func recordedSpan(value, _ string) Component {
	d, err := time.ParseDuration(value)
	if err != nil {
		return Text(value)
	}
	return Text(Duration(d))
}

func orDash(text string) string {
	if text == "" {
		return Dash
	}
	return text
}
