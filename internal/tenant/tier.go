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

// A tenant judges calls over five minutes, so that bursts pass. Nobody has published whether its window slides, so in any five
// minutes at most nine tenths of what it allows are made; what is left is for other programs of the same user.
const (
	rateWindow = 5 * time.Minute
	inMinutes  = int(rateWindow / time.Minute)
)

// PerWindow is how many calls of the tier a tenant allows in five minutes.
func (t Tier) PerWindow() int { return perMinute[t] * inMinutes }

// allowed is how many calls of the tier are made in five minutes.
func (t Tier) allowed() int { return t.PerWindow() * 9 / 10 }

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
