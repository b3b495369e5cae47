package deployments

import (
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/tenant"
	"github.com/skyferry/skyferry/web/ui"
)

// importsText tells of the day: "212 used, about 740 expected, 1,000 allowed".
func importsText(i distribution.Imports, l deployment.Limits, now time.Time) string {
	text := ui.Number(i.Used) + " used, about " + ui.Number(i.Expected(now)) + " expected"
	if allowed := l.Imports(); allowed >= 0 {
		return text + ", " + ui.Number(allowed) + " allowed"
	}
	return text
}

// today are the imports of the day and the calls of the last minutes.
type today struct {
	Imports distribution.Imports
	Tiers   []tierUsage
}

type tierUsage struct {
	Label string
	tenant.Usage
}

var shownTiers = []struct {
	label string
	tier  tenant.Tier
}{{"Calls: reading", tenant.Reads}, {"Calls: changing", tenant.Writes}, {"Calls: uploading", tenant.Uploads}}

func (s *Screen) loadToday(p *page) {
	for _, row := range p.Rows {
		if row.Deployment.ID == p.Stored.ID {
			p.Today.Imports = row.Imports
		}
	}
	for _, t := range shownTiers {
		p.Today.Tiers = append(p.Today.Tiers, tierUsage{t.label, s.Tester.Usage(p.Stored.ID, t.tier)})
	}
}

func (p page) todayFacts() []ui.Fact {
	facts := []ui.Fact{{Label: "Imports", Value: importsText(p.Today.Imports, p.Stored.Limits, p.Now)}}
	if p.Today.Imports.Spent(p.Now) {
		facts = append(facts, ui.Fact{Label: "The tenant takes none until", Body: ui.Time(p.Today.Imports.SpentUntil)})
	}
	for _, t := range p.Today.Tiers {
		fact := ui.Fact{Label: t.Label, Value: ui.Number(t.Calls) + " of " + ui.Number(t.Allowed) + " in 5 min"}
		if !t.Closed.IsZero() {
			fact = ui.Fact{Label: t.Label + ", closed until", Body: ui.Time(t.Closed)}
		}
		facts = append(facts, fact)
	}
	if line := p.Stored.Limits.Bandwidth; line > 0 {
		facts = append(facts, ui.Fact{Label: "Bandwidth", Value: inUnits(float64(line)/megabit) + " Mbit/s at most"})
	}
	return facts
}
