package deployments

import (
	"cmp"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/web/ui"
)

// limitsForm is what stands in the fields of Limits: numbers as people write them, in their units.
type limitsForm struct {
	Plan      string
	Imports   string // a day
	Bandwidth string // Mbit/s
	Direct    string // MiB
	Chunk     string // MiB
	Life      string // hours
}

// The units of the fields, in bytes and bytes a second.
const (
	mebibyte = 1 << 20
	megabit  = 125_000
)

func newLimits() limitsForm { return limitsOf(deployment.Limits{Direct: deployment.DefaultDirect}) }

func limitsOf(l deployment.Limits) limitsForm {
	return limitsForm{
		Plan: string(l.Plan), Imports: inUnits(float64(l.ImportsPerDay)), Bandwidth: inUnits(float64(l.Bandwidth) / megabit),
		Direct: strconv.FormatFloat(float64(l.Direct)/mebibyte, 'f', -1, 64), Chunk: inUnits(float64(l.Chunk) / mebibyte), Life: inUnits(l.UploadLife.Hours()),
	}
}

// inUnits is empty where nothing is set.
func inUnits(n float64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

func decodeLimits(values url.Values) limitsForm {
	text := func(name string) string { return strings.TrimSpace(values.Get(name)) }
	return limitsForm{
		Plan: text("plan"), Imports: text("imports"), Bandwidth: text("bandwidth"),
		Direct: cmp.Or(text("direct"), newLimits().Direct), Chunk: text("chunk"), Life: text("uploadlife"),
	}
}

// limits gives the limits as the form wants them. What is no number becomes one that no check lets pass.
func (f limitsForm) limits() deployment.Limits {
	l := deployment.Limits{
		Plan: deployment.Plan(f.Plan), Bandwidth: int64(number(f.Bandwidth, megabit)), Direct: int64(number(f.Direct, mebibyte)),
		Chunk: int64(number(f.Chunk, mebibyte)),
	}
	l.UploadLife = hours(f.Life)
	if l.Plan == deployment.OtherPlan {
		l.ImportsPerDay = int(number(f.Imports, 1))
	}
	return l
}

// number reads a number of units; nothing is 0, and what is no number, or beyond all bounds, is -1.
func number(text string, unit float64) float64 {
	if text == "" {
		return 0
	}
	n, err := strconv.ParseFloat(text, 64)
	if n *= unit; err != nil || math.IsNaN(n) || n < 0 || n > math.MaxInt32*unit || n == 0 && unit != mebibyte {
		return -1
	}
	return math.Round(n)
}

// planOptions name the plans with what they allow.
var planOptions = []ui.Option{
	{Value: string(deployment.UnknownPlan), Label: "not known: nothing is counted against it"},
	{Value: string(deployment.Starter), Label: "Starter, 300 imports a day"},
	{Value: string(deployment.Standard), Label: "Standard, 300 imports a day"},
	{Value: string(deployment.Premium), Label: "Premium, 2,000 imports a day"},
	{Value: string(deployment.Enterprise), Label: "Enterprise, 10,000 imports a day"},
	{Value: string(deployment.OtherPlan), Label: "Other"},
}

func (p page) limits() []ui.Field {
	f, was := p.Form.Limits, limitsForm{}
	if p.Stored != nil {
		was = limitsOf(p.Stored.Limits)
	}
	number := func(name, label, value, before, help string) ui.Field {
		return p.with(ui.Field{Name: name, Label: label, Value: value, Short: true, Optional: true, Help: help, Attrs: ui.Attributes{"inputmode": "decimal"}}, before)
	}
	return []ui.Field{
		p.with(ui.Field{Name: "plan", Label: "Plan", Type: "select", Value: f.Plan, Options: planOptions, Help: "The tenant’s subscription. When the day’s imports (UTC) are spent, deliveries wait for the next day; the last tenth is kept for apps that are not in the tenant yet."}, was.Plan),
		number("imports", "Imports per day", f.Imports, was.Imports, "How many the tenant takes."),
		p.with(ui.Field{Name: "hold", Label: "Hold new apps above", Value: p.Form.HoldAbove, Short: true, Optional: true, Help: "When one change would bring more new apps than this, they wait until somebody has looked. 0 holds every new app, empty none."}, p.was().HoldAbove),
		number("bandwidth", "Bandwidth (Mbit/s)", f.Bandwidth, was.Bandwidth, "Of all uploads to this tenant together. Empty means no limit."),
		number("direct", "One-call import up to (MiB)", f.Direct, was.Direct, "Apps up to this size go within the import, in one call instead of three. Larger ones go in parts, and a cut costs one part at most. 0 sends all in parts, empty means 4."),
		number("chunk", "Part of an upload (MiB)", f.Chunk, was.Chunk, "At most; on a slow line parts are smaller, so that each takes about 20 seconds. Empty means 256."),
		number("uploadlife", "Keep uploads for (hours)", f.Life, was.Life, "How long the tenant keeps what is uploaded and not imported yet, from 1 to 72. Empty: by the app’s size and the speed that was measured."),
	}
}

// limitsOpen says whether something in the closed group needs to be seen.
func (p page) limitsOpen() bool {
	return slices.ContainsFunc(p.limits(), func(f ui.Field) bool { return f.Error != "" })
}

// limitsNote sums the group up while it is closed.
func (p page) limitsNote() string {
	var parts []string
	if plan := p.Form.Limits.Plan; plan != "" {
		parts = append(parts, plan)
	}
	switch held := p.Form.HoldAbove; held {
	case "":
	case "0":
		parts = append(parts, "Hold every new app")
	default:
		parts = append(parts, "Hold more than "+held+" new apps at once")
	}
	if line := p.Form.Limits.Bandwidth; line != "" {
		parts = append(parts, line+" Mbit/s")
	}
	return strings.Join(parts, " · ")
}

// hours reads a number of hours; nothing is 0, and what is no number is one that no check lets pass.
func hours(text string) time.Duration {
	switch n := number(text, 3600); {
	case n < 0:
		return -1
	case n > (1000 * time.Hour).Seconds():
		return 1000 * time.Hour
	default:
		return time.Duration(n) * time.Second
	}
}
