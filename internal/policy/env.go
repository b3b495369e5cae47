package policy

import (
	"strings"

	"github.com/skyferry/skyferry/internal/site"
)

// environment gives the values of one app and one target to a condition. Empty texts count as missing.
type environment struct {
	app     site.App
	target  Target
	paths   map[string][]string // of the app, once per app
	subject []string
	name    [1]string // what subject holds

	subjectKey string              // the target's name, folded
	folded     map[string][]string // of paths, made when they are first asked for
}

// newEnvironment prepares the values of an app; the target is set by aim.
func newEnvironment(app site.App) *environment {
	e := &environment{app: app, paths: map[string][]string{}}
	e.put("resource", app.ID)
	e.put("resource.id", app.ID)
	e.put("resource.name", app.Name)
	e.put("resource.resourcetype", "App")
	e.putOwner("resource.owner", app.Owner)
	e.putCustom("resource", app.Properties)
	if app.Stream != nil {
		e.putStream(*app.Stream)
	}
	return e
}

func (e *environment) putStream(s site.Stream) {
	e.put("resource.stream", s.ID)
	e.put("resource.stream.id", s.ID)
	e.put("resource.stream.name", s.Name)
	e.putOwner("resource.stream.owner", s.Owner)
	e.putCustom("resource.stream", s.Properties)
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
	if value != "" {
		e.paths[path] = append(e.paths[path], value)
	}
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
	keys, known := e.folded[path]
	if known {
		return keys
	}
	for _, v := range e.paths[path] {
		keys = append(keys, fold(v))
	}
	if e.folded == nil {
		e.folded = map[string][]string{}
	}
	e.folded[path] = keys
	return keys
}

// Values implements rule.Env.
func (e *environment) Values(path string) []string {
	switch path {
	case "subject.name":
		return e.subject
	case "subject":
		return []string{e.target.ID}
	default:
		return e.paths[path]
	}
}
