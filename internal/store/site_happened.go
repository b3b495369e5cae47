package store

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/site"
)

// settled brings an app into the shape in which it is compared: the order in which a repository lists tags and values means nothing.
func settled(a site.App) site.App {
	a.ID = strings.ToLower(a.ID)
	if a.Stream != nil && a.Stream.ID == "" {
		a.Stream = nil
	}
	a.Tags = slices.Compact(slices.Sorted(slices.Values(append([]string{}, a.Tags...))))
	a.Properties = settledValues(a.Properties)
	for _, at := range []*time.Time{&a.LastReload, &a.PublishedAt, &a.Created, &a.Modified} {
		*at = stored(*at)
	}
	return a
}

// stored is a moment as it comes back from the database.
func stored(t time.Time) time.Time {
	n := micros(t)
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

func settledValues(values map[string][]string) map[string][]string {
	all := map[string][]string{}
	for name, list := range values {
		if len(list) > 0 {
			all[name] = slices.Sorted(slices.Values(list))
		}
	}
	return all
}

// same says whether nothing at all differs, apart from what is known of the owner and the stream themselves.
func same(was, a site.App) bool {
	return happened(was, a).Kind == "" && was.Created.Equal(a.Created) && was.Modified.Equal(a.Modified) && was.SectionAccess == a.SectionAccess &&
		sameAround(was, a)
}

// sameAround says whether the owner and the stream are known by the names that the app gives them.
func sameAround(was, a site.App) bool {
	stream := a.Stream == nil || was.Stream != nil && toldAs(was.Stream.Name, a.Stream.Name)
	return stream && toldAs(was.Owner.UserID, a.Owner.UserID) && toldAs(was.Owner.Directory, a.Owner.Directory) && toldAs(was.Owner.Name, a.Owner.Name)
}

// toldAs says whether what is told is known; what is not told says nothing.
func toldAs(known, told string) bool { return told == "" || told == known }

// sameData says whether both hold the same data: any difference counts, also an older date.
func sameData(was, a site.App) bool {
	return was.Size == a.Size && was.LastReload.Equal(a.LastReload) && was.PublishedAt.Equal(a.PublishedAt)
}

func sameValues(a, b map[string][]string) bool {
	return maps.EqualFunc(a, b, slices.Equal)
}

// happened says what became of an app between two looks at it: the kind is that of what matters most, the note names all.
func happened(was, a site.App) site.Happened {
	h := site.Happened{}
	var notes []string
	add := func(kind site.EventKind, note string) {
		if h.Kind == "" {
			h.Kind = kind
		}
		notes = append(notes, note)
	}
	publishing(was, a, add)
	if !was.LastReload.Equal(a.LastReload) || was.Size != a.Size {
		add(dataChange(was, a))
	}
	if was.Published() && a.Published() && was.Stream.ID != a.Stream.ID {
		add(site.Moved, "moved to "+quoted(a.Stream.Name))
	}
	for _, what := range edits(was, a) {
		add(site.Changed, what)
	}
	h.Note = strings.Join(notes, ", ")
	return h
}

func publishing(was, a site.App, add func(site.EventKind, string)) {
	switch {
	case was.Published() && !a.Published():
		add(site.Unpublished, "unpublished")
	case !was.Published() && a.Published():
		add(site.Published, "published to "+quoted(a.Stream.Name))
	case !was.PublishedAt.Equal(a.PublishedAt):
		add(site.Published, "published again")
	}
}

// dataChange tells a reload from a replacement as well as it can be told: a reload goes forward in time.
func dataChange(was, a site.App) (site.EventKind, string) {
	if a.LastReload.After(was.LastReload) {
		return site.Reloaded, "reloaded"
	}
	return site.Replaced, "replaced"
}

// edits names what people wrote about an app and what differs.
func edits(was, a site.App) (what []string) {
	if was.Name != a.Name {
		what = append(what, "renamed from "+quoted(was.Name))
	}
	if was.Description != a.Description {
		what = append(what, "description changed")
	}
	if was.Owner.ID != a.Owner.ID {
		what = append(what, "owner changed")
	}
	if !sameValues(was.Properties, a.Properties) {
		what = append(what, "custom properties changed")
	}
	if !slices.Equal(was.Tags, a.Tags) {
		what = append(what, "tags changed")
	}
	return what
}
