package qrs_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
)

// memory is a qrs.Store that remembers what it was given, and tells what happened as the real one does.
type memory struct {
	mu         sync.Mutex
	apps       map[string]site.App
	prints     map[string]string
	streams    []site.Stream
	properties []site.Property
	owners     map[string]site.Owner
	events     []string // "name: kind", or "name: deleted"
	taken      int      // how often a first sweep ended
	shrunk     *site.Shrunk
	handles    []string
	asked      []string // "who: what name"
	fail       error
}

func newMemory() *memory {
	return &memory{apps: map[string]site.App{}, prints: map[string]string{}, owners: map[string]site.Owner{}}
}

func (m *memory) SitePrints(context.Context) (map[string]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.prints), m.fail
}

func (m *memory) SiteKnown(context.Context) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.taken > 0, m.fail
}

func (m *memory) TakeApps(_ context.Context, apps []site.App, prints []string, first bool) ([]site.Happened, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return nil, m.fail
	}
	out := make([]site.Happened, len(apps))
	for i, a := range apps {
		was, known := m.apps[a.ID]
		a.Generation = was.Generation
		if !known || !was.LastReload.Equal(a.LastReload) || was.Size != a.Size || !was.PublishedAt.Equal(a.PublishedAt) {
			a.Generation++
		}
		out[i].Kind = kindOf(was, a)
		m.apps[a.ID], m.prints[a.ID] = a, prints[i]
		if !first && (was.Published() || a.Published()) {
			m.events = append(m.events, fmt.Sprintf("%s: %s", a.Name, out[i].Kind))
		}
	}
	return out, nil
}

func kindOf(was, is site.App) site.EventKind {
	switch {
	case !was.Published() && is.Published():
		return site.Published
	case was.Published() && !is.Published():
		return site.Unpublished
	case is.LastReload.After(was.LastReload):
		return site.Reloaded
	case was.Size != is.Size || !was.LastReload.Equal(is.LastReload):
		return site.Replaced
	case was.Published() && was.Stream.ID != is.Stream.ID:
		return site.Moved
	}
	return site.Changed
}

func (m *memory) TakeStreams(_ context.Context, all []site.Stream) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail == nil {
		m.streams = all
	}
	return m.fail
}

func (m *memory) TakeProperties(_ context.Context, all []site.Property) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.properties = all
	return m.fail
}

func (m *memory) TakeOwners(_ context.Context, owners []site.Owner) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, o := range owners {
		m.owners[o.ID] = o
	}
	return m.fail
}

func (m *memory) TakeGone(_ context.Context, ids []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range ids {
		if a := m.apps[id]; a.Published() {
			m.events = append(m.events, a.Name+": deleted")
		}
		delete(m.apps, id)
		delete(m.prints, id)
	}
	return m.fail
}

func (m *memory) SiteTaken(context.Context, int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.taken++
	return m.fail
}

func (m *memory) SetShrunk(_ context.Context, s *site.Shrunk) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if was := m.shrunk; s != nil && was != nil && was.Accepted && s.Known-s.Answered <= was.Known-was.Answered {
		s = &site.Shrunk{Known: s.Known, Answered: s.Answered, Since: s.Since, Accepted: true}
	}
	m.shrunk = s
	return m.fail
}

func (m *memory) ShrunkBelieved(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.shrunk != nil {
		m.shrunk = &site.Shrunk{Known: m.shrunk.Known, Answered: m.shrunk.Answered, Since: m.shrunk.Since}
	}
	return m.fail
}

func (m *memory) Shrunk(context.Context) (*site.Shrunk, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.shrunk, m.fail
}

func (m *memory) SiteHandles(context.Context) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.handles, m.fail
}

func (m *memory) KeepSiteHandles(_ context.Context, handles []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.handles = handles
	return m.fail
}

func (m *memory) App(_ context.Context, id string) (site.App, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, known := m.apps[id]
	if !known {
		return a, fault.New(fault.NotFound, "There is no app %s.", id)
	}
	return a, m.fail
}

func (m *memory) AskedSite(ctx context.Context, what string, now, _ site.App) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked = append(m.asked, account.ActorOf(ctx).Name+": "+what+" "+now.Name)
	return m.fail
}

// happened gives what happened since it was last asked, in order of names.
func (m *memory) happened() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	events := m.events
	m.events = nil
	slices.Sort(events)
	return events
}

func (m *memory) has(event string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Contains(m.events, event)
}

func (m *memory) names() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var names []string
	for _, a := range m.apps {
		names = append(names, a.Name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// streamID is the id of a stream by its name, empty when it is not known.
func (m *memory) streamID(name string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.streams {
		if s.Name == name {
			return s.ID
		}
	}
	return ""
}
