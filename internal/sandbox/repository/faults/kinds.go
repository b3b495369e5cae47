package faults

import (
	"fmt"

	"github.com/skyferry/skyferry/internal/fault"
)

// Kind names what goes wrong.
type Kind string

// The kinds.
const (
	Boot                Kind = "boot"
	Forbidden           Kind = "forbidden"
	HiddenRows          Kind = "hidden-rows"
	CallbacksLost       Kind = "callbacks-lost"
	CallbacksDoubled    Kind = "callbacks-doubled"
	CallbacksLate       Kind = "callbacks-late"
	CallbacksDisordered Kind = "callbacks-disordered"
	SlowExport          Kind = "slow-export"
	FailingExport       Kind = "failing-export"
	CutDownload         Kind = "cut-download"
	ExpiredLink         Kind = "expired-link"
	ClockSkew           Kind = "clock-skew"
)

// Description tells what a kind does and which field it takes.
type Description struct {
	Kind    Kind
	Label   string
	Does    string
	Field   string // seconds, bytes, percent or nothing
	Asks    string // the label of that field
	Default float64
	Min     float64
	Max     float64
}

const day = 24 * 60 * 60

var kinds = []Description{
	{Kind: Boot, Label: "Boot phase", Does: "QRS answers every call with a page in HTML (503), as while it starts."},
	{Kind: Forbidden, Label: "403", Does: "QRS refuses calls with 403."},
	{Kind: HiddenRows, Label: "Rows hidden by rights", Does: "So many percent of the apps are not answered, as if a security rule hid them.",
		Field: "percent", Asks: "Percent of the apps", Default: 50, Min: 1, Max: 100},
	{Kind: CallbacksLost, Label: "Callbacks lost", Does: "Notifications are not sent."},
	{Kind: CallbacksDoubled, Label: "Callbacks doubled", Does: "Notifications are sent twice."},
	{Kind: CallbacksLate, Label: "Callbacks late", Does: "Notifications wait before they are sent.",
		Field: "seconds", Asks: "Seconds late", Default: 10, Min: 0.001, Max: 3600},
	{Kind: CallbacksDisordered, Label: "Callbacks out of order", Does: "A notification is sent behind the one that follows it."},
	{Kind: SlowExport, Label: "Slow export", Does: "An export takes so many seconds longer.",
		Field: "seconds", Asks: "Seconds longer", Default: 30, Min: 0.001, Max: 3600},
	{Kind: FailingExport, Label: "Failing export", Does: "An export answers 500."},
	{Kind: CutDownload, Label: "Cut download", Does: "The connection is dropped after so many bytes of an exported file; its link is used up.",
		Field: "bytes", Asks: "Bytes before the cut", Default: 1000, Min: 0, Max: 1 << 40},
	{Kind: ExpiredLink, Label: "Expired link", Does: "The link of an exported file answers 404."},
	{Kind: ClockSkew, Label: "Clock skew", Does: "The site's clock is wrong: in the Date header and in every date that it writes.",
		Field: "seconds", Asks: "Seconds ahead; negative: behind", Default: 3600, Min: -30 * day, Max: 30 * day},
}

// Kinds gives all descriptions in the order of the page.
func Kinds() []Description { return kinds }

// Describe gives the description of a kind, and whether there is one.
func Describe(k Kind) (Description, bool) {
	for _, d := range kinds {
		if d.Kind == k {
			return d, true
		}
	}
	return Description{}, false
}

// fill sets the default of the kind's field and checks it; wrong has the faults of the other fields.
func (d Description) fill(f *Fault, wrong map[string]string) error {
	given := map[string]float64{"seconds": f.Seconds, "bytes": float64(f.Bytes), "percent": float64(f.Percent)}
	for name, n := range given {
		switch {
		case name != d.Field && n != 0:
			wrong[name] = "This kind of fault does not take it."
		case name == d.Field && n == 0 && d.Min != 0:
			given[name] = d.Default
		case name == d.Field && !(n >= d.Min && n <= d.Max): // so that no number is refused, too
			wrong[name] = fmt.Sprintf("Enter a number from %v to %.0f.", d.Min, d.Max)
		}
	}
	f.Seconds, f.Bytes, f.Percent = given["seconds"], int64(given["bytes"]), int(given["percent"])
	return fault.InFields(wrong)
}
