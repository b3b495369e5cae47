package deployment

import "time"

// Plan is the tenant's subscription, which says how many imports a day it takes (qlik-cloud-api.md section 3). The zero value
// is "not known": then nothing is counted against it.
type Plan string

// The plans.
const (
	UnknownPlan Plan = ""
	Starter     Plan = "Starter"
	Standard    Plan = "Standard"
	Premium     Plan = "Premium"
	Enterprise  Plan = "Enterprise"
	OtherPlan   Plan = "Other" // as many as ImportsPerDay
)

// importsPerDay of the plans that Qlik has published.
var importsPerDay = map[Plan]int{Starter: 300, Standard: 300, Premium: 2000, Enterprise: 10_000}

// Limits are what a deployment asks of its tenant and of the line to it, at most.
type Limits struct {
	Plan          Plan
	ImportsPerDay int           // of OtherPlan
	Bandwidth     int64         // bytes of uploads a second, all deliveries together; 0: no limit
	Direct        int64         // apps of so many bytes or less are sent within the import; 0: none
	Chunk         int64         // bytes of one part of a resumable upload; 0: DefaultChunk
	UploadLife    time.Duration // how long the tenant keeps an upload; 0: by its size and the measured speed
}

// The defaults and bounds of the limits, in bytes. A direct import costs one call of the costly tier where a resumable upload
// costs that and at least two others, but after a cut it begins anew: so it is for apps that take a second or two. Qlik's own
// clients send parts of 300 MiB (qlik-cloud-api.md section 4); after a cut a part is sent again, so ours are smaller.
const (
	DefaultDirect int64 = 4 << 20
	MaxDirect     int64 = 64 << 20
	DefaultChunk  int64 = 256 << 20
	MinChunk      int64 = 1 << 20
	MaxChunk      int64 = 1 << 30
	MinBandwidth  int64 = 12_500 // 0.1 Mbit/s
	MaxBandwidth  int64 = 12_500_000_000
	MaxImports          = 1_000_000
)

// The bounds of UploadLife; the tenant allows no more than the longest (qlik-cloud-api.md section 4).
const (
	MinUploadLife = time.Hour
	MaxUploadLife = 72 * time.Hour
)

// Imports is how many imports a day the tenant takes; -1 is no limit that we know of.
func (l Limits) Imports() int {
	switch l.Plan {
	case UnknownPlan:
		return -1
	case OtherPlan:
		return l.ImportsPerDay
	}
	return importsPerDay[l.Plan]
}

// Reserve is how many of a day's imports are kept for apps that are not in the tenant yet: a tenth, rounded up. A new app that
// waits is missing; one that is refreshed tomorrow is only a day old. A tenant's only import is for all: kept, it would let no app
// ever be refreshed.
func Reserve(imports int) int { return min((imports+9)/10, max(imports-1, 0)) }

func (l Limits) check(faults map[string]string) {
	switch l.Plan {
	case UnknownPlan, Starter, Standard, Premium, Enterprise:
	case OtherPlan:
		if l.ImportsPerDay < 1 || l.ImportsPerDay > MaxImports {
			faults["imports"] = "Enter how many imports a day the tenant takes, from 1 to 1,000,000."
		}
	default:
		faults["plan"] = "Choose the tenant's plan, or leave it open."
	}
	if l.Bandwidth != 0 && (l.Bandwidth < MinBandwidth || l.Bandwidth > MaxBandwidth) {
		faults["bandwidth"] = "Enter a number from 0.1 to 100,000 Mbit/s, or nothing for no limit."
	}
	if l.Direct < 0 || l.Direct > MaxDirect {
		faults["direct"] = "Enter a number from 0 to 64 MiB. 0 sends every app as a resumable upload."
	}
	if l.Chunk != 0 && (l.Chunk < MinChunk || l.Chunk > MaxChunk) {
		faults["chunk"] = "Enter a number from 1 to 1,024 MiB, or nothing for 256."
	}
	if l.UploadLife != 0 && (l.UploadLife < MinUploadLife || l.UploadLife > MaxUploadLife) {
		faults["uploadlife"] = "Enter a number from 1 to 72 hours, or nothing."
	}
}
