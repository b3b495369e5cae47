package store_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/site"
)

// However a site changes between two readings, with few names for many things, what is kept after a full reading is what the site
// answered, data that differ have another version, and reading it once more writes nothing.
func TestWhatIsKeptIsWhatTheSiteAnswers(t *testing.T) {
	t.Parallel()
	for seed := range uint64(25) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			s := &livelySite{Rand: rand.New(rand.NewPCG(seed, 7)), mirror: newMirror(t, openSQLite), streams: map[string]string{}, owners: map[string]site.Owner{},
				definitions: map[string]string{}, apps: map[string]*livelyApp{}, versions: map[string]map[site.DataVersion]string{}}
			for range 15 {
				for range 1 + s.IntN(6) {
					s.live()
				}
				s.glance()
				s.sweep()
			}
		})
	}
}

// livelySite is a site in which everything changes. Of a lively app, values is by the id of the definition.
type livelySite struct {
	*rand.Rand
	*mirror
	streams, definitions map[string]string // id -> name
	owners               map[string]site.Owner
	apps                 map[string]*livelyApp
	begunOnce            bool
	versions             map[string]map[site.DataVersion]string // app -> version -> the data that it names
}

type livelyApp struct {
	site.App
	values map[string][]string
}

var fewNames = []string{"A", "a", "B", "b ", ""}

func (s *livelySite) id(kind string) string { return fmt.Sprint(kind, s.IntN(4)) }

func (s *livelySite) name() string { return fewNames[s.IntN(len(fewNames))] }

func (s *livelySite) moment() time.Time { return start.Add(time.Duration(s.IntN(3)) * time.Hour) }

// live changes one thing of the site.
func (s *livelySite) live() {
	stream, owner, definition := s.id("s"), s.id("o"), s.id("p")
	if s.streams[stream] == "" || s.IntN(3) == 0 {
		s.streams[stream] = s.name() + "!"
	}
	if s.owners[owner].ID == "" || s.IntN(3) == 0 {
		s.owners[owner] = site.Owner{ID: owner, UserID: s.name() + "u", Directory: "D", Name: s.name() + "n"}
	}
	if s.definitions[definition] == "" || s.IntN(3) == 0 {
		s.definitions[definition] = s.name() + "?"
	}
	switch s.IntN(6) {
	case 0:
		s.dropDefinition(s.id("p"))
	case 1:
		delete(s.apps, s.id("x"))
	default:
		s.changeApp(s.id("x"), stream, owner, definition)
	}
}

func (s *livelySite) dropDefinition(id string) {
	delete(s.definitions, id)
	for _, a := range s.apps {
		delete(a.values, id)
	}
}

func (s *livelySite) changeApp(id, stream, owner, definition string) {
	a := s.apps[id]
	if a == nil {
		a = &livelyApp{App: site.App{ID: id, Created: start}, values: map[string][]string{}}
		s.apps[id] = a
	}
	a.Name, a.Owner = s.name(), site.Owner{ID: owner}
	a.Tags = []string{s.name(), s.name()}
	a.values[definition] = []string{s.name(), "v"}
	a.LastReload, a.Size = s.moment(), int64(s.IntN(2))
	a.Stream, a.PublishedAt = nil, time.Time{}
	if s.IntN(3) > 0 {
		a.Stream, a.PublishedAt = &site.Stream{ID: stream}, s.moment()
	}
}

// answer is an app as the site answers it now.
func (s *livelySite) answer(a *livelyApp) site.App {
	out := a.App
	out.Owner, out.Properties = s.owners[a.Owner.ID], map[string][]string{}
	if a.Stream != nil {
		out.Stream = &site.Stream{ID: a.Stream.ID, Name: s.streams[a.Stream.ID]}
	}
	for id, values := range a.values {
		name := s.definitions[id]
		out.Properties[name] = append(out.Properties[name], values...)
	}
	return out
}

// glance reads an app or two, before anything that they name.
func (s *livelySite) glance() {
	for _, id := range slices.Sorted(maps.Keys(s.apps)) {
		if s.IntN(2) == 0 {
			s.takePart(!s.begunOnce, s.answer(s.apps[id]))
		}
	}
}

// sweep reads everything, and holds what is kept against it.
func (s *livelySite) sweep() {
	s.t.Helper()
	s.read()
	if !s.begunOnce {
		s.must(s.SiteTaken(s.background, len(s.apps)))
		s.begunOnce = true
	}
	s.compare()
	s.read() // a definition that went is forgotten once nothing uses it any more
	s.compare()
	before := s.writes()
	if s.read(); s.writes() != before {
		s.t.Errorf("reading it once more wrote %d rows", s.writes()-before)
	}
}

func (s *livelySite) read() {
	s.t.Helper()
	var properties []site.Property
	for _, id := range slices.Sorted(maps.Keys(s.definitions)) {
		properties = append(properties, site.Property{ID: id, Name: s.definitions[id], ForApps: true})
	}
	s.must(s.TakeProperties(s.background, properties))
	var streams []site.Stream
	for _, id := range slices.Sorted(maps.Keys(s.streams)) {
		streams = append(streams, site.Stream{ID: id, Name: s.streams[id]})
	}
	s.must(s.TakeStreams(s.background, streams))
	for _, id := range slices.Sorted(maps.Keys(s.apps)) {
		s.takePart(!s.begunOnce, s.answer(s.apps[id]))
	}
	var gone []string
	for id := range must(s.SitePrints(s.ctx))(s.t) {
		if s.apps[id] == nil {
			gone = append(gone, id)
		}
	}
	s.must(s.TakeGone(s.background, gone))
	s.must(s.TakeOwners(s.background, slices.Collect(maps.Values(s.owners))))
}

func (s *livelySite) compare() {
	s.t.Helper()
	kept := must(s.AppsByID(s.ctx, slices.Sorted(maps.Keys(s.apps))))(s.t)
	if len(kept) != len(s.apps) {
		s.t.Fatalf("%d apps are kept of %d", len(kept), len(s.apps))
	}
	for _, a := range kept {
		want := s.answer(s.apps[a.ID])
		if text := told(a); text != told(want) {
			s.t.Errorf("kept\n%s\nanswered\n%s", text, told(want))
		}
		s.oneVersion(a)
	}
}

// told is all that the site tells of an app, with lists in order.
func told(a site.App) string {
	slices.Sort(a.Tags)
	properties := map[string][]string{}
	for name, values := range a.Properties {
		properties[name] = slices.Sorted(slices.Values(values))
	}
	stream := ""
	if a.Published() {
		stream = a.Stream.ID + a.Stream.Name
	}
	return fmt.Sprintf("%s %q %+v %q %q %q %d %s %s", a.ID, a.Name, a.Owner, stream, slices.Compact(a.Tags), properties, a.Size, a.LastReload.UTC(), a.PublishedAt.UTC())
}

// oneVersion says that a version never names two different data.
func (s *livelySite) oneVersion(a site.App) {
	s.t.Helper()
	data := fmt.Sprint(a.Size, a.LastReload, a.PublishedAt)
	if s.versions[a.ID] == nil {
		s.versions[a.ID] = map[site.DataVersion]string{}
	}
	if before, known := s.versions[a.ID][a.DataVersion()]; known && !cmp.Equal(before, data) {
		s.t.Errorf("version %s of %s names %s and %s", a.DataVersion(), a.ID, before, data)
	}
	s.versions[a.ID][a.DataVersion()] = data
}
