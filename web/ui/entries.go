package ui

import (
	"strconv"

	"github.com/skyferry/skyferry/internal/account"
)

// Entries makes history entries of audit records.
func Entries(records []account.Record) []HistoryEntry {
	entries := make([]HistoryEntry, 0, len(records))
	for _, r := range records {
		entry := HistoryEntry{At: r.At, Who: r.Actor, What: Capital(r.Action)}
		for _, c := range r.Changes {
			entry.Changes = append(entry.Changes, Change(c))
		}
		entries = append(entries, entry)
	}
	return entries
}

// Plain writes a number without separators, for addresses.
func Plain(n int64) string { return strconv.FormatInt(n, 10) }
