package faults

import (
	"fmt"
	"strings"

	"github.com/skyferry/skyferry/internal/fault"
)

// Kind names what goes wrong.
type Kind string

// The kinds.
const (
	Boot                Kind = "boot"
	Forbidden           Kind = "forbidden"
	NoRights            Kind = "no-rights"
	HiddenRows          Kind = "hidden-rows"
	CallbacksLost       Kind = "callbacks-lost"
	CallbacksDoubled    Kind = "callbacks-doubled"
	CallbacksLate       Kind = "callbacks-late"
	CallbacksDisordered Kind = "callbacks-disordered"
	EqualAreOne         Kind = "equal-subscriptions-are-one"
	ExportForbidden     Kind = "export-forbidden"
	SlowExport          Kind = "slow-export"
	FailingExport       Kind = "failing-export"
	CutDownload         Kind = "cut-download"
	ExpiredLink         Kind = "expired-link"
	SlowReload          Kind = "slow-reload"
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
	ForUser bool // it can be laid for one user
	ForIDs  bool // it can be laid for some apps, instead of its field
}

const day = 24 * 60 * 60

var kinds = []Description{
	{Kind: Boot, Label: "Boot phase", Does: "QRS answers every call with a page in HTML (503), as while it starts."},
	{Kind: Forbidden, Label: "403", Does: "QRS refuses calls with 403.", ForUser: true},
	{Kind: NoRights, Label: "No rights", Does: "A user sees nothing: every list is empty, every entity 404.", ForUser: true},
	{Kind: HiddenRows, Label: "Rows hidden by rights", Does: "So many percent of the apps are not answered, as if a security rule hid them.",
		Field: "percent", Asks: "Percent of the apps", Default: 50, Min: 1, Max: 100, ForUser: true, ForIDs: true},
	{Kind: CallbacksLost, Label: "Callbacks lost", Does: "Notifications are not sent."},
	{Kind: CallbacksDoubled, Label: "Callbacks doubled", Does: "Notifications are sent twice."},
	{Kind: CallbacksLate, Label: "Callbacks late", Does: "Notifications wait before they are sent.",
		Field: "seconds", Asks: "Seconds late", Default: 10, Min: 0.001, Max: 3600},
	{Kind: CallbacksDisordered, Label: "Callbacks out of order", Does: "A notification is sent behind the one that follows it."},
	{Kind: EqualAreOne, Label: "Equal subscriptions are one", Does: "A subscription that is there already is not made again: its handle comes back. What a real site does is not known."},
	{Kind: ExportForbidden, Label: "403 on export", Does: "Exports are refused with 403; everything else is answered.", ForUser: true},
	{Kind: SlowExport, Label: "Slow export", Does: "An export takes so many seconds longer.",
		Field: "seconds", Asks: "Seconds longer", Default: 30, Min: 0.001, Max: 3600},
	{Kind: FailingExport, Label: "Failing export", Does: "An export answers 500."},
	{Kind: CutDownload, Label: "Cut download", Does: "The connection is dropped after so many bytes of an exported file; its link is used up.",
		Field: "bytes", Asks: "Bytes before the cut", Default: 1000, Min: 0, Max: 1 << 40},
	{Kind: ExpiredLink, Label: "Expired link", Does: "The link of an exported file answers 404."},
	{Kind: SlowReload, Label: "Slow reload", Does: "A reload that a call of QRS starts takes so many seconds.",
		Field: "seconds", Asks: "Seconds", Default: 30, Min: 0.001, Max: 3600},
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
		case name == d.Field && n == 0 && d.Min != 0 && len(f.IDs) == 0:
			given[name] = d.Default
		case name == d.Field && len(f.IDs) == 0 && !(n >= d.Min && n <= d.Max): // so that no number is refused, too
			wrong[name] = fmt.Sprintf("Enter a number from %v to %.0f.", d.Min, d.Max)
		}
	}
	f.Seconds, f.Bytes, f.Percent = given["seconds"], int64(given["bytes"]), int(given["percent"])
	d.checkWhom(f, wrong)
	return fault.InFields(wrong)
}

// checkWhom checks whom and which apps a fault is for.
func (d Description) checkWhom(f *Fault, wrong map[string]string) {
	if f.User != "" && !d.ForUser {
		wrong["user"] = "This kind of fault is for everybody."
	}
	if f.User != "" && !strings.Contains(f.User, `\`) {
		wrong["user"] = `Enter a user as DIRECTORY\id.`
	}
	switch {
	case len(f.IDs) > 0 && !d.ForIDs:
		wrong["ids"] = "This kind of fault is for all apps."
	case len(f.IDs) > 0 && f.Percent != 0:
		wrong["percent"] = "Give ids or a percentage."
	case len(f.IDs) > maxIDs:
		wrong["ids"] = fmt.Sprintf("Give at most %d ids.", maxIDs)
	}
}
