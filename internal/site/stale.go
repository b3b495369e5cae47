package site

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Stale says that an app was changed at the site since a form about it was opened. Nothing was done.
type Stale struct {
	Now     App // the app as it is at the site
	Differs []Difference
}

// Difference is a field that somebody else changed, with what the form asks for and what the site has now.
type Difference struct{ Field, Ours, Theirs string }

// Words tell it with both values: "Cloud is eu at the site now, us here".
func (d Difference) Words() string {
	return d.Field + " is " + cmp.Or(d.Theirs, "empty") + " at the site now, " + cmp.Or(d.Ours, "empty") + " here"
}

// Error tells each difference with both values.
func (s *Stale) Error() string {
	var parts []string
	for _, d := range s.Differs {
		parts = append(parts, d.Words())
	}
	return "The app was changed by somebody else meanwhile: " + strings.Join(parts, "; ") + "."
}

// Against holds what a form showed of an app, and what it asks for, against the app as it is now. A field that somebody else changed is a
// difference, unless it was changed to what the form asks for. It gives nil, or a *Stale.
func Against(shown, wanted, now App) error {
	stale := &Stale{Now: now}
	check := func(field, shown, wanted, now string) {
		if now != shown && now != wanted {
			stale.Differs = append(stale.Differs, Difference{field, wanted, now})
		}
	}
	check("Name", shown.Name, wanted.Name, now.Name)
	if s := streamID(now); s != streamID(shown) && s != streamID(wanted) { // by id: two streams may have one name
		stale.Differs = append(stale.Differs, Difference{"Stream", inStream(wanted), inStream(now)})
	}
	for _, name := range properties(shown, wanted, now) {
		check(name, values(shown, name), values(wanted, name), values(now, name))
	}
	if len(stale.Differs) == 0 {
		return nil
	}
	return stale
}

func streamID(a App) string {
	if a.Stream == nil {
		return ""
	}
	return strings.ToLower(a.Stream.ID)
}

func inStream(a App) string {
	if a.Stream == nil {
		return "not published"
	}
	return a.Stream.Name
}

func properties(apps ...App) []string {
	all := map[string]bool{}
	for _, a := range apps {
		for name := range a.Properties {
			all[name] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// values are those of a custom property, whatever their order.
func values(a App, name string) string {
	list := slices.Clone(a.Properties[name])
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// Differing names the custom properties whose values differ, whatever their order.
func Differing(a, b map[string][]string) (names []string) {
	one, other := App{Properties: a}, App{Properties: b}
	for _, name := range properties(one, other) {
		if values(one, name) != values(other, name) {
			names = append(names, name)
		}
	}
	return names
}
