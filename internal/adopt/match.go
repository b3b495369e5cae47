package adopt

import (
	"cmp"
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/site"
)

// State says how an app of the site stands to the copies in a tenant.
type State string

// The states of a row.
const (
	Proposed State = "proposed"        // one copy fits better than all others
	Several  State = "several fit"     // somebody has to say which
	None     State = "none"            // no copy fits
	Ours     State = "already ours"    // Skyferry has placed it
	Linked   State = "linked"          // somebody linked it, and nothing was sent yet
	Marked   State = "left and marked" // the copy is left as it is
)

// Row is one published app of the site with the copies that it may be.
type Row struct {
	App       site.App
	State     State
	Fits      []Fit                   // the best first; those of Proposed and Several
	Placement *distribution.Placement // of Ours, Linked and Marked
}

// Fit is a copy that an app may be, and why.
type Fit struct {
	Copy

	Reasons []string
	score   int
}

// maxFits bounds the copies that are offered for one app.
const maxFits = 20

// What a reason counts. The same name alone makes a fit; the others only tell fits apart.
const (
	sameID    = 16
	sameName  = 4
	sameSpace = 2
	sameSize  = 1
)

// sizeSlack is how much two sizes may differ, in hundredths.
const sizeSlack = 2

// Match proposes copies for apps. What we placed, what is linked or marked, and what our deliveries have in the middle is nobody's
// proposal.
func Match(apps []site.App, placed []distribution.Placement, copies []Copy, d deployment.Deployment, siteID string) []Row {
	m := matcher{deployment: d, byName: map[string][]Copy{}, byID: map[string]Copy{}}
	of, taken := map[string]*distribution.Placement{}, map[string]bool{}
	for i, p := range placed {
		of[p.AppID], taken[p.RemoteID] = &placed[i], true
	}
	for _, c := range copies {
		if taken[c.ID] || strings.HasPrefix(c.Name, distribution.TechnicalPrefix(siteID)) || c.SpaceName == deployment.TransitSpace {
			continue
		}
		m.byName[fold(c.Name)] = append(m.byName[fold(c.Name)], c)
		m.byID[c.ID] = c
	}
	rows := make([]Row, 0, len(apps))
	for _, app := range apps {
		rows = append(rows, m.row(app, of[app.ID]))
	}
	contend(rows)
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(fold(a.App.Name), fold(b.App.Name)), cmp.Compare(a.App.ID, b.App.ID))
	})
	return rows
}

type matcher struct {
	deployment deployment.Deployment
	byName     map[string][]Copy
	byID       map[string]Copy
}

func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

func (m matcher) row(app site.App, p *distribution.Placement) Row {
	switch {
	case p == nil:
		return m.propose(app)
	case p.Marked:
		return Row{App: app, State: Marked, Placement: p}
	case p.Untouched():
		return Row{App: app, State: Linked, Placement: p}
	}
	return Row{App: app, State: Ours, Placement: p}
}

func (m matcher) propose(app site.App) Row {
	row := Row{App: app, State: None, Fits: m.fits(app)}
	switch {
	case len(row.Fits) == 1, len(row.Fits) > 1 && row.Fits[0].score > row.Fits[1].score:
		row.State = Proposed
	case len(row.Fits) > 1:
		row.State = Several
	}
	return row
}

// fits are the copies with the app's name, at the site or as it would be in the tenant, and the one with its id.
func (m matcher) fits(app site.App) []Fit {
	land := distribution.LandingOf(m.deployment, app)
	found := slices.Clone(m.byName[fold(app.Name)])
	if fold(land.Name) != fold(app.Name) {
		found = append(found, m.byName[fold(land.Name)]...)
	}
	if c, ok := m.byID[app.ID]; ok && !slices.Contains(found, c) {
		found = append(found, c)
	}
	var fits []Fit
	for _, c := range found {
		fits = append(fits, fit(app, c, land))
	}
	slices.SortStableFunc(fits, func(a, b Fit) int { return cmp.Or(b.score-a.score, cmp.Compare(a.ID, b.ID)) })
	return fits[:min(len(fits), maxFits)]
}

func fit(app site.App, c Copy, land distribution.Landing) Fit {
	f := Fit{Copy: c}
	say := func(holds bool, score int, reason string) {
		if holds {
			f.score += score
			f.Reasons = append(f.Reasons, reason)
		}
	}
	named := fold(c.Name) == fold(app.Name)
	say(c.ID == app.ID, sameID, "same id")
	say(named, sameName, "same name")
	say(!named && fold(c.Name) == fold(land.Name), sameName, "the name that it would have there")
	inStream := app.Stream != nil && c.SpaceName != "" && fold(c.SpaceName) == fold(app.Stream.Name)
	say(inStream, sameSpace, "same space as the stream")
	say(!inStream && c.SpaceName != "" && fold(c.SpaceName) == fold(land.Space), sameSpace, "in the space where it would land")
	say(alike(app.Size, c.Size), sameSize, "size within 2 %")
	return f
}

func alike(a, b int64) bool {
	return a > 0 && b > 0 && max(a, b)-min(a, b) <= max(a, b)/100*sizeSlack+max(a, b)%100*sizeSlack/100
}

// contend looks at copies that are the best fit of several apps: they are proposed to the one that they fit best, and where that is
// not one, to none of them.
func contend(rows []Row) {
	claims := map[string][]int{}
	for i, r := range rows {
		if r.State == Proposed {
			claims[r.Fits[0].ID] = append(claims[r.Fits[0].ID], i)
		}
	}
	for _, claimants := range claims {
		best, winners := 0, 0
		for _, i := range claimants {
			switch score := rows[i].Fits[0].score; {
			case score > best:
				best, winners = score, 1
			case score == best:
				winners++
			}
		}
		for _, i := range claimants {
			if len(claimants) > 1 && (winners > 1 || rows[i].Fits[0].score < best) {
				rows[i].State = Several
				rows[i].Fits[0].Reasons = append(rows[i].Fits[0].Reasons, "fits another app as well")
			}
		}
	}
}
