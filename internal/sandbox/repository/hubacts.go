package repository

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

// hubActs are what the hub does with an app, by the verb in the path; the values are those of its form, or of a body in JSON.
var hubActs = map[string]func(a *act, id string, v url.Values) error{
	"publish": func(a *act, id string, v url.Values) error {
		stream, err := a.streamNamed(v.Get("stream"))
		if err == nil {
			_, err = a.publish(id, stream, v.Get("name"))
		}
		return err
	},
	"move": func(a *act, id string, v url.Values) error {
		stream, err := a.streamNamed(v.Get("stream"))
		if err == nil {
			_, err = a.move(id, stream)
		}
		return err
	},
	"unpublish": func(a *act, id string, _ url.Values) error {
		_, err := a.unpublish(id)
		return err
	},
	"replace": func(a *act, id string, v url.Values) error {
		_, err := a.replaceApp(v.Get("source"), id)
		return err
	},
	"delete":     func(a *act, id string, _ url.Values) error { return deleteOne(a, appKind, id) },
	"rename":     changeApp(func(_ *act, app *state.Stored, v url.Values) error { app.Name = v.Get("name"); return nil }),
	"owner":      changeApp(setOwner),
	"properties": changeApp(setProperties),
	"sheet":      newSheet,
	"sheet-kind": setSheetKind,
}

// doneTexts say on the next page what was done.
var doneTexts = map[string]string{"publish": "Published.", "move": "Moved.", "unpublish": "Unpublished.", "replace": "Replaced.", "delete": "Deleted.",
	"rename": "Renamed.", "owner": "The owner is changed.", "properties": "The properties are changed.", "reload": "Reloaded.", "upload": "Uploaded.", "sheet": "The sheet is there.", "sheet-kind": "The sheet is changed.",
	"rule":    "The rule is changed.",
	"restart": "Restarted: subscriptions are lost.", "fault": "The fault is on.", "stop": "The fault is stopped."}

// changeApp changes an app as PUT does.
func changeApp(change func(a *act, app *state.Stored, v url.Values) error) func(*act, string, url.Values) error {
	return func(a *act, id string, v url.Values) error {
		app, err := a.changing(id)
		if err != nil {
			return err
		}
		body := app
		if err := change(a, &body, v); err != nil {
			return err
		}
		if err := editApp(a, &app, body); err != nil {
			return err
		}
		_, err = appKind.put(a, app)
		return err
	}
}

// setOwner takes an account (DIRECTORY\id) or the id of a user.
func setOwner(a *act, app *state.Stored, v url.Values) error {
	wanted := v.Get("owner")
	app.Owner = state.UserRef{ID: wanted}
	return each(a.tx, state.Users, func(u state.User) error {
		if strings.EqualFold(u.Account(), wanted) {
			app.Owner.ID = u.ID
		}
		return nil
	})
}

// setProperties takes the values of each custom property by its name; what is not given is taken away.
func setProperties(a *act, app *state.Stored, v url.Values) error {
	app.CustomProperties = nil
	known := []string{}
	err := each(a.tx, state.Definitions, func(d state.Definition) error {
		known = append(known, d.Name)
		for _, text := range v[d.Name] {
			app.CustomProperties = append(app.CustomProperties, state.PropertyValue{Value: text, Definition: referTo(d)})
		}
		return nil
	})
	for name := range v {
		if err == nil && !slices.Contains(known, name) {
			err = fault.New(fault.Invalid, "There is no custom property %q.", name)
		}
	}
	return err
}

// streamNamed gives the id of a stream by its name or id.
func (a *act) streamNamed(text string) (id string, err error) {
	err = each(a.tx, state.Streams, func(s state.Stream) error {
		if s.ID == text || id == "" && strings.EqualFold(s.Name, text) {
			id = s.ID
		}
		return nil
	})
	if err == nil && id == "" {
		err = fault.New(fault.Invalid, "There is no stream %q.", text)
	}
	return id, err
}

// hubCaller is in whose name the hub acts.
func (s *Server) hubCaller() (caller, error) {
	user, err := s.userOf("INTERNAL", "sa_api")
	return callerFor(user), err
}

// inHub does one act of the hub.
func (s *Server) inHub(verb, id string, v url.Values) error {
	who, err := s.hubCaller()
	if err != nil {
		return err
	}
	if verb == "reload" {
		return s.reloadFromHub(who, id, v)
	}
	do, known := hubActs[verb]
	if !known {
		return fault.New(fault.NotFound, "The hub does not know %q.", verb)
	}
	return s.act(who, func(a *act) error { return do(a, strings.ToLower(id), v) })
}

// reloadFromHub reloads in so many seconds; without a number at once.
func (s *Server) reloadFromHub(who caller, id string, v url.Values) error {
	asked := reloading{app: id, fails: v.Get("fail") == "true"}
	if text := strings.TrimSpace(v.Get("seconds")); text != "" {
		seconds, err := strconv.ParseFloat(text, 64)
		if err != nil || !(seconds >= 0 && seconds <= longestReload.Seconds()) {
			return fault.Field(fault.Invalid, "seconds", "A reload takes 0 to %.0f seconds.", longestReload.Seconds())
		}
		asked.takes = time.Duration(seconds * float64(time.Second))
	}
	_, err := s.reload(who, asked)
	return err
}

// newSheet gives an app a sheet. The owner is the app's, unless another one is named.
func newSheet(a *act, id string, v url.Values) error {
	app, err := a.changing(id)
	if err != nil {
		return err
	}
	holder := app
	if v.Get("owner") != "" {
		if err := setOwner(a, &holder, v); err != nil {
			return err
		}
	}
	owner, err := a.owner(holder.Owner, app.Owner)
	if err != nil {
		return err
	}
	return a.addSheet(app, v.Get("name"), v.Get("kind"), owner)
}

// setSheetKind makes a sheet a base, community or private one, or deletes it.
func setSheetKind(a *act, _ string, v url.Values) error {
	o, err := objectKind.get(a.tx, v.Get("sheet"))
	if err != nil {
		return err
	}
	switch v.Get("kind") {
	case "deleted":
		return objectKind.remove(a, o)
	case state.BaseSheet:
		o.Published, o.Approved = true, true
	case state.CommunitySheet:
		o.Published, o.Approved = true, false
	case state.PrivateSheet:
		o.Published, o.Approved = false, false
	default:
		return fault.Field(fault.Invalid, "kind", "A sheet is base, community or private.")
	}
	o.PublishTime = state.Date{}
	if o.Published {
		o.PublishTime = a.at
	}
	_, err = objectKind.put(a, o)
	return err
}
