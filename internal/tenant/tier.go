package tenant

import (
	"net/http"
	"strings"
	"time"
)

// Tier is what a tenant counts calls by (qlik-cloud-api.md section 0.1).
type Tier int

// The tiers.
const (
	Reads   Tier = iota // tier 1: what changes nothing
	Writes              // tier 2: what makes, changes or deletes
	Uploads             // opening a resumable upload, and sending its parts
	tiers
)

// perMinute is how many calls a tenant allows, for each user. They are the same for every plan and cannot be raised.
var perMinute = [tiers]int{Reads: 1000, Writes: 100, Uploads: 800}

// A tenant judges calls over five minutes. Nobody has published whether its window slides, so at most nine tenths of what it
// allows are sent in any five minutes: a minute and a half's worth at once, and the rest evenly.
const (
	rateWindow = 5 * time.Minute
	inMinutes  = int(rateWindow / time.Minute)
	atOnce     = 1.5 // minutes' worth
	margin     = 0.9
)

// PerWindow is how many calls of the tier a tenant allows in five minutes.
func (t Tier) PerWindow() int { return perMinute[t] * inMinutes }

// burst is how many calls of the tier may go at once.
func (t Tier) burst() int { return int(atOnce * float64(perMinute[t])) }

// steady is how many calls of the tier go in a second, in the long run.
func (t Tier) steady() float64 {
	return (margin*float64(t.PerWindow()) - float64(t.burst())) / rateWindow.Seconds()
}

// tier sorts a call.
func (k call) tier() Tier {
	switch {
	case k.method == http.MethodGet || k.method == http.MethodHead:
		return Reads
	case strings.Contains(k.url, strings.TrimSuffix(filesPath, "/")):
		return Uploads
	}
	return Writes
}
