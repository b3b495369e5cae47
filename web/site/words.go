package site

import (
	"fmt"
	"time"

	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/web/ui"
)

// noticed are the facts on how the console learns of what happens on the site.
func (p page) noticed() []ui.Fact {
	facts := []ui.Fact{
		{Label: "Apps known as of", Body: ui.Time(p.Picture.Fresh)},
		{Label: "Age", Value: p.age()},
		{Label: "Noticed by", Value: p.how()},
	}
	if p.Picture.Callbacks {
		facts = append(facts, ui.Fact{Label: "Last callback", Body: ui.Time(p.Picture.LastCallback)})
	}
	if p.Picture.Product != "" {
		facts = append(facts, ui.Fact{Label: "Version of the site", Value: p.Picture.Product})
	}
	return facts
}

func (p page) age() string {
	if p.Picture.Fresh.IsZero() {
		return "Not read yet" // by this connection, since it was set up
	}
	return ui.Duration(max(p.Now.Sub(p.Picture.Fresh), time.Second))
}

// how says whether the site tells of changes by itself.
func (p page) how() string {
	if p.Picture.Callbacks {
		return "callbacks, and a look every " + ui.Duration(orDefault(p.Stored.Look, site.DefaultLook))
	}
	return "polling: a look every " + ui.Duration(orDefault(p.Stored.Look, site.DefaultLook))
}

func orDefault(d, usual time.Duration) time.Duration {
	if d == 0 {
		return usual
	}
	return d
}

// swept are the facts of the last full sweep.
func (p page) swept() []ui.Fact {
	facts := []ui.Fact{{Label: "Ended", Body: ui.Time(p.Picture.Swept)}}
	if !p.Picture.Swept.IsZero() {
		facts = append(facts, ui.Fact{Label: "Took", Value: ui.Duration(p.Picture.SweepTook)}, ui.Fact{Label: "Calls", Value: ui.Number(p.Picture.Calls)}, ui.Fact{Label: "Apps", Value: ui.Number(p.Picture.Apps)})
	}
	return facts
}

// sweepNote stands at the right of the panel's title.
func (p page) sweepNote() string {
	if !p.Picture.Sweeping {
		return ""
	}
	return "runs now, " + ui.Plural(p.Picture.Read, "app", "apps") + " so far"
}

// exportState says how an export is, and for how long.
func (p page) exportState(e site.Exporting) (state, words string) {
	age := ui.Duration(max(p.Now.Sub(e.Since), time.Second))
	if e.Waiting != "" {
		return "waiting", fmt.Sprintf("Waits for %s: %s", age, e.Waiting)
	}
	return "exporting", fmt.Sprintf("Runs for %s, %s so far", age, ui.Bytes(e.Bytes))
}

// mostExports is how many exports are listed.
const mostExports = 20

func (p page) shownExports() []site.Exporting {
	return p.Picture.Exports[:min(len(p.Picture.Exports), mostExports)]
}
