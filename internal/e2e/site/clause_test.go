package site

import (
	"fmt"
	"strings"

	"github.com/skyferry/skyferry/internal/e2e/driver"
)

// clause is a condition as an admin writes it, and beside it what it means, in words of this test: the oracle.
type clause struct {
	text  string
	holds func(a driver.SiteApp, tenant string) bool
}

func subject(name string) clause {
	return clause{fmt.Sprintf(`subject.name=%q`, name), func(_ driver.SiteApp, tenant string) bool { return tenant == name }}
}

func cloudNamesIt() clause {
	return clause{`subject.name=resource.@Cloud`, func(a driver.SiteApp, tenant string) bool { return a.Has("Cloud", tenant) }}
}

func region(value string) clause {
	return clause{fmt.Sprintf(`resource.@Region=%q`, value), func(a driver.SiteApp, _ string) bool { return a.Has("Region", value) }}
}

func stream(name string) clause {
	return clause{fmt.Sprintf(`resource.stream.name=%q`, name), func(a driver.SiteApp, _ string) bool { return a.In(name) }}
}

func owner(id string) clause {
	return clause{fmt.Sprintf(`resource.owner.userId=%q`, id), func(a driver.SiteApp, _ string) bool { return a.Owner.UserID == id }}
}

func begins(colour string) clause {
	return clause{fmt.Sprintf(`resource.name like "%s*"`, colour), func(a driver.SiteApp, _ string) bool { return strings.HasPrefix(a.Name, colour) }}
}

func both(a, b clause) clause {
	return clause{"(" + a.text + ") and (" + b.text + ")", func(app driver.SiteApp, tenant string) bool { return a.holds(app, tenant) && b.holds(app, tenant) }}
}

func either(a, b clause) clause {
	return clause{"(" + a.text + ") or (" + b.text + ")", func(app driver.SiteApp, tenant string) bool { return a.holds(app, tenant) || b.holds(app, tenant) }}
}

func not(a clause) clause {
	return clause{"!(" + a.text + ")", func(app driver.SiteApp, tenant string) bool { return !a.holds(app, tenant) }}
}

// The words that dice choose from.
var (
	tenantNames = []string{"eu", "us"}
	streams     = []string{"Everyone", "Finance", "Sales", "HR"}
	owners      = []string{"mruiz", "jberg", "tokafor"}
	regions     = []string{"Americas", "APAC", "EMEA"}
	colours     = []string{"Red", "Green", "Blue"}
)

// aboutApp is one thing that a condition says of an app.
func (d *dice) aboutApp() clause {
	switch d.IntN(6) {
	case 0:
		return region(d.of(regions))
	case 1:
		return owner(d.of(owners))
	case 2:
		return begins(d.of(colours))
	default:
		return stream(d.of(streams))
	}
}

// policy makes a condition that grants: always with a subject, as an admin writes it.
func (d *dice) policy() clause {
	switch d.IntN(5) {
	case 0:
		return cloudNamesIt()
	case 1:
		return both(subject(d.of(tenantNames)), not(d.aboutApp()))
	case 2:
		return both(subject(d.of(tenantNames)), d.aboutApp())
	case 3:
		return both(cloudNamesIt(), either(d.aboutApp(), d.aboutApp()))
	default:
		return both(subject(d.of(tenantNames)), either(d.aboutApp(), d.aboutApp()))
	}
}

// guard makes a condition that forbids.
func (d *dice) guard() clause {
	if d.IntN(3) == 0 {
		return d.aboutApp()
	}
	return both(subject(d.of(tenantNames)), d.aboutApp())
}

// ruling is a policy or guard in the console.
type ruling struct {
	clause

	name, path string
	guard, off bool
}

// goes says whether an app belongs in a tenant: published, some policy says so, and no guard forbids it.
func goes(rulings []*ruling, a driver.SiteApp, tenant string) bool {
	granted := false
	for _, r := range rulings {
		switch applies := !r.off && r.holds(a, tenant); {
		case applies && r.guard:
			return false
		case applies:
			granted = true
		}
	}
	return granted && a.Stream != nil
}
