package policy

import (
	"strings"

	"github.com/skyferry/skyferry/internal/site"
)

// environment gives the values of one app and one target to a condition. Empty texts count as missing.
type environment struct {
	app     site.App
	target  Target
	paths   []property // of the app, once per app; few, and those asked for most stand first
	subject []string
	name    [1]string // what subject holds

	subjectKey string // the target's name, folded
}

// property is what an app has at a path.
type property struct {
	path   string
	values []string
	folded []string // of the values, made when they are first asked for
}

// newEnvironment prepares the values of an app; the target is set by aim.
func newEnvironment(app site.App) *environment {
	e := &environment{app: app, paths: make([]property, 0, 16)}
	e.put("resource.name", app.Name)
	if app.Stream != nil {
		e.putStream(*app.Stream)
	}
	e.putCustom("resource", app.Properties)
	e.putOwner("resource.owner", app.Owner)
	e.put("resource.id", app.ID)
	e.put("resource", app.ID)
	e.put("resource.resourcetype", "App")
	return e
}

func (e *environment) putStream(s site.Stream) {
	e.put("resource.stream.name", s.Name)
	e.putCustom("resource.stream", s.Properties)
	e.put("resource.stream.id", s.ID)
	e.put("resource.stream", s.ID)
	e.putOwner("resource.stream.owner", s.Owner)
}

func (e *environment) putOwner(at string, o site.Owner) {
	e.put(at, o.ID)
	e.put(at+".id", o.ID)
	e.put(at+".name", o.Name)
	e.put(at+".userid", o.UserID)
	e.put(at+".userdirectory", o.Directory)
	e.put(at+".email", o.Email)
}

func (e *environment) putCustom(at string, properties map[string][]string) {
	for name, values := range properties {
		for _, value := range values {
			e.put(at+".@"+strings.ToLower(name), value)
		}
	}
}

func (e *environment) put(path, value string) {
	if value == "" {
		return
	}
	if p := e.at(path); p != nil {
		p.values = append(p.values, value)
		return
	}
	e.paths = append(e.paths, property{path: path, values: []string{value}})
}

// at gives what the app has at a path; nil for nothing.
func (e *environment) at(path string) *property {
	for i := range e.paths {
		if e.paths[i].path == path {
			return &e.paths[i]
		}
	}
	return nil
}

// aim sets the target whose values subject has.
func (e *environment) aim(t Target) {
	if e.target.Name != t.Name || e.subject == nil {
		e.subjectKey = fold(t.Name)
	}
	e.target, e.subject = t, nil
	if t.Name != "" {
		e.name[0] = t.Name
		e.subject = e.name[:]
	}
}

// keys gives the values at a path, folded.
func (e *environment) keys(path string) []string {
	p := e.at(path)
	if p == nil {
		return nil
	}
	if p.folded == nil {
		for _, v := range p.values {
			p.folded = append(p.folded, fold(v))
		}
	}
	return p.folded
}

// Values implements rule.Env.
func (e *environment) Values(path string) []string {
	switch path {
	case subjectName:
		return e.subject
	case "subject":
		return []string{e.target.ID}
	}
	if p := e.at(path); p != nil {
		return p.values
	}
	return nil
}
