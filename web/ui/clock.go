package ui

import "time"

// ShortTime writes a moment in UTC by the look's rule: today "05:38 UTC", in the six days before "Sun 22:10 UTC", else
// "12 Nov", with the year when it is another one.
func ShortTime(t, now time.Time) string {
	t, now = t.UTC(), now.UTC()
	switch days := daysBetween(t, now); {
	case days == 0:
		return t.Format("15:04 UTC")
	case days > 0 && days < 7:
		return t.Format("Mon 15:04 UTC")
	case t.Year() == now.Year():
		return t.Format("2 Jan")
	default:
		return t.Format("2 Jan 2006")
	}
}

// ExactTime writes a moment to the second, with its zone: for titles and copied text.
func ExactTime(t time.Time) string { return t.UTC().Format("Mon 2 Jan 2006 15:04:05 UTC") }

func daysBetween(t, now time.Time) int {
	return int(now.Truncate(24*time.Hour).Sub(t.Truncate(24*time.Hour)) / (24 * time.Hour))
}
