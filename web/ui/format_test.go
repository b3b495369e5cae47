package ui_test

import (
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/web/ui"
)

func TestNumber(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 12345: "12,345", 1234567: "1,234,567", -1000: "−1,000"} {
		if got := ui.Number(n); got != want {
			t.Errorf("Number(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1 kB", 1234: "1.2 kB", 9_960: "10 kB", 999_499: "999 kB", 999_500: "1 MB",
		412_000_000: "412 MB", 1_200_000_000: "1.2 GB", 38_000_000_000: "38 GB", 5_000_000_000_000_000: "5 PB",
	} {
		if got := ui.Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0 ms", 4 * time.Millisecond: "4 ms", 48 * time.Second: "48 s", 250 * time.Second: "4 min 10 s",
		38 * time.Minute: "38 min", 7*time.Hour + 28*time.Minute + 9*time.Second: "7 h 28 min", time.Hour: "1 h", 76 * time.Hour: "3 d 4 h",
	} {
		if got := ui.Duration(d); got != want {
			t.Errorf("Duration(%s) = %q, want %q", d, got, want)
		}
	}
}

func TestCapital(t *testing.T) {
	for text, want := range map[string]string{"": "", "left in tenant": "Left in tenant", "évora": "Évora", "marked.": "Marked.",
		"client.pem expired.": "client.pem expired.", "https://a.example leads elsewhere.": "https://a.example leads elsewhere."} {
		if got := ui.Capital(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func TestShortTime(t *testing.T) {
	cases := map[string]time.Time{
		"05:38 UTC":     time.Date(2026, 11, 23, 5, 38, 0, 0, time.UTC),
		"Sun 22:10 UTC": time.Date(2026, 11, 22, 22, 10, 0, 0, time.UTC),
		"Tue 00:00 UTC": time.Date(2026, 11, 17, 0, 0, 0, 0, time.UTC),
		"16 Nov":        time.Date(2026, 11, 16, 23, 59, 0, 0, time.UTC),
		"12 Nov 2025":   time.Date(2025, 11, 12, 9, 0, 0, 0, time.UTC),
		"24 Nov":        time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC),
	}
	for want, at := range cases {
		if got := ui.ShortTime(at.In(time.FixedZone("east", 7200)), noon); got != want {
			t.Errorf("ShortTime(%s) = %q, want %q", at, got, want)
		}
	}
}

func TestHistoryTellsSizesTimesAndSpansAsPeopleReadThem(t *testing.T) {
	told := render(t, ui.Changes([]ui.Change{
		{Field: "Size", Before: "1132728", After: "412000000"}, {Field: "Last reload", After: "2026-11-23T05:38:12Z"},
		{Field: "Time between two looks", After: "15m0s"}, {Field: "Size", Before: "1132728", After: "1132729"},
		{Field: "Last reload", Before: "2026-11-12T05:38:12Z", After: "2026-11-12T05:38:13Z"}, {Field: "Size", After: "unknown"},
	}), shell())
	for _, want := range []string{"1.1 MB", "412 MB", `title="Mon 23 Nov 2026 05:38:12 UTC" data-time>05:38 UTC<`, "15 min", "1,132,729 B", `data-time="exact">Thu 12 Nov 2026 05:38:13 UTC<`, "unknown"} {
		if !strings.Contains(told, want) {
			t.Errorf("%s is missing in %s", want, told)
		}
	}
	for _, raw := range []string{"412000000", ">2026-", "15m0s"} {
		if strings.Contains(told, raw) {
			t.Errorf("%s is told as it is recorded", raw)
		}
	}
}
