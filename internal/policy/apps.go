package policy

import (
	"strings"
	"sync"

	"github.com/skyferry/skyferry/internal/site"
)

// Apps is the site's apps, made ready for deciding about all of them at once: what a condition asks of an app is answered for
// every app together, and the answers are kept and brought up to date when an app changes. It may be used by many goroutines.
type Apps struct {
	mu        sync.Mutex
	apps      []site.App
	envs      []*environment // of the same numbers; nil: the number is free
	numbers   map[string]int // by id, in lower case
	free      []int
	published Bits
	columns   map[string]column // by path
	parts     map[partKey]*part
}

// column says which apps have which values at a path.
type column struct {
	exact  map[string][]int32  // numbers of apps
	folded map[string][]string // the exact values that are equal but for case
}

// NewApps makes apps ready.
func NewApps(apps []site.App) *Apps {
	a := &Apps{numbers: make(map[string]int, len(apps)), columns: map[string]column{}, parts: map[partKey]*part{}}
	for _, app := range apps {
		a.put(app)
	}
	return a
}

// Len gives one more than the highest number of an app.
func (a *Apps) Len() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.apps)
}

// At gives the app with a number, as Bits have it.
func (a *Apps) At(i int) site.App {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.apps[i]
}

// Of gives the bits of the apps with these ids; unknown ones are passed over.
func (a *Apps) Of(ids []string) Bits {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := newBits(len(a.apps))
	for _, id := range ids {
		if i, known := a.numbers[strings.ToLower(id)]; known {
			out.put(i, true)
		}
	}
	return out
}

// Where gives the apps of which something is true.
func (a *Apps) Where(is func(site.App) bool) Bits {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := newBits(len(a.apps))
	for i, app := range a.apps {
		out.put(i, is(app))
	}
	return out
}

// Put adds an app, or takes it in as it is now.
func (a *Apps) Put(app site.App) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.put(app)
}

func (a *Apps) put(app site.App) {
	i, known := a.numbers[strings.ToLower(app.ID)]
	if known {
		a.unlist(i)
	} else {
		i = a.number(app.ID)
	}
	a.apps[i], a.envs[i] = app, newEnvironment(app)
	a.published.put(i, app.Published())
	for _, p := range a.envs[i].paths {
		for _, v := range p.values {
			a.list(p.path, v, i)
		}
	}
	for _, p := range a.parts {
		p.answer(a, i)
	}
}

// number gives an app a number that is free.
func (a *Apps) number(id string) (i int) {
	if n := len(a.free); n > 0 {
		i, a.free = a.free[n-1], a.free[:n-1]
	} else {
		i = len(a.apps)
		a.apps, a.envs = append(a.apps, site.App{}), append(a.envs, nil)
		a.grow()
	}
	a.numbers[strings.ToLower(id)] = i
	return i
}

// grow gives all bits room for every number.
func (a *Apps) grow() {
	if len(a.published)*64 >= len(a.apps) {
		return
	}
	a.published = append(a.published, 0)
	for _, p := range a.parts {
		p.bits = append(p.bits, 0)
	}
}

// Remove takes an app out; one that is not in is no error.
func (a *Apps) Remove(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	i, known := a.numbers[strings.ToLower(id)]
	if !known {
		return
	}
	a.unlist(i)
	delete(a.numbers, strings.ToLower(id))
	a.apps[i], a.envs[i] = site.App{}, nil
	a.free = append(a.free, i)
	a.published.put(i, false)
}

// list notes that an app has a value.
func (a *Apps) list(path, value string, i int) {
	c, ok := a.columns[path]
	if !ok {
		c = column{map[string][]int32{}, map[string][]string{}}
		a.columns[path] = c
	}
	if c.exact[value] == nil {
		key := fold(value)
		c.folded[key] = append(c.folded[key], value)
	}
	c.exact[value] = append(c.exact[value], int32(i))
}

// unlist takes the values of an app back. A value that no app has any more stays known: there are few of these.
func (a *Apps) unlist(i int) {
	for _, p := range a.envs[i].paths {
		c := a.columns[p.path]
		for _, v := range p.values {
			c.exact[v] = without(c.exact[v], int32(i))
		}
	}
}

// without keeps the list non-nil, so that its value stays known once.
func without(list []int32, i int32) []int32 {
	kept := list[:0]
	for _, n := range list {
		if n != i {
			kept = append(kept, n)
		}
	}
	return kept
}
