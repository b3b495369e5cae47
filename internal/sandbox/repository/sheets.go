package repository

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/content"
	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

// Sheets are the app objects that the sandbox has. They come with an uploaded file that lists them, and by the hub.

// objectRoutes are the calls on app objects (section 3.4).
func (s *Server) objectRoutes(r chi.Router) {
	r.Put("/{id}/publish", s.objectAct(func(a *act, o *state.Object) error {
		o.Published, o.PublishTime = true, a.at
		return nil
	}))
	r.Put("/{id}/unpublish", s.objectAct(func(_ *act, o *state.Object) error {
		o.Published, o.Approved, o.PublishTime = false, false, state.Date{}
		return nil
	}))
	r.Post("/{id}/approve", s.objectAct(func(_ *act, o *state.Object) error {
		if !o.Published {
			return fault.New(fault.Invalid, "The object %q is not published. Publish it first.", o.Name)
		}
		o.Approved = true
		return nil
	}))
	r.Post("/{id}/unapprove", s.objectAct(func(_ *act, o *state.Object) error { o.Approved = false; return nil }))
	objectKind.routes(s, r)
}

// objectAct changes an object that the caller sees and may change: 200 and the object.
func (s *Server) objectAct(do func(a *act, o *state.Object) error) http.HandlerFunc {
	return s.api(func(w http.ResponseWriter, r *http.Request) error {
		object, err := objectKind.find(s, r)
		if err != nil {
			return err
		}
		err = s.act(callerOf(r), func(a *act) (err error) {
			if object, err = objectKind.get(a.tx, object.ID); err != nil {
				return err
			}
			if !mayChange(a.who, &object) {
				return errForbidden
			}
			if err := do(a, &object); err != nil {
				return err
			}
			object, err = objectKind.put(a, object)
			return err
		})
		if err != nil {
			return err
		}
		writeJSON(w, http.StatusOK, object)
		return nil
	})
}

// editObject takes what clients may set of an object; only the engine makes one.
func editObject(a *act, o *state.Object, body state.Object) (err error) {
	if o.App.ID == "" {
		return fault.New(fault.Invalid, "An app object is made by the engine.")
	}
	if o.Name, err = named(body.Name); err != nil {
		return err
	}
	if o.Owner, err = a.owner(body.Owner, o.Owner); err != nil {
		return err
	}
	o.Description = body.Description
	o.Tags, err = a.tags(body.Tags)
	return err
}

// addSheet gives an app a sheet of a kind.
func (a *act) addSheet(app state.Stored, name, kind string, owner state.UserRef) error {
	name, err := named(name)
	if err != nil {
		return err
	}
	o := state.Object{Base: state.Base{ID: uuid.NewString()}, Owner: owner, EngineObjectType: "sheet", ObjectType: "sheet", Tags: []state.Ref{}, Name: name,
		EngineObjectID: uuid.NewString(), App: app.Brief(), Size: -1, SchemaPath: "App.Object"}
	switch kind {
	case state.BaseSheet:
		o.Approved, o.Published, o.PublishTime = true, true, a.at
	case state.CommunitySheet:
		o.Published, o.PublishTime = true, a.at
	case state.PrivateSheet:
	default:
		return fault.Field(fault.Invalid, "kind", "A sheet is base, community or private.")
	}
	_, err = objectKind.put(a, o)
	return err
}

// sheets gives the objects of an app in the order of their ids.
func sheets(tx *state.Tx, app string) (all []state.Object, err error) {
	err = state.Objects.Visit(tx, state.ByApp, state.Part{Prefix: app + "\x00"}, func(_ string, o state.Object) (bool, error) {
		all = append(all, o)
		return true, nil
	})
	return all, err
}

// takeSheets makes the objects that a received file lists, as sheets of an app; those of an unpublished app are private.
func (a *act) takeSheets(app state.Stored, listed []content.Sheet) error {
	for _, sheet := range listed {
		kind := state.PrivateSheet
		if app.Published {
			kind = state.BaseSheet
		}
		if err := a.addSheet(app, sheet.Title, kind, app.Owner); err != nil {
			return err
		}
	}
	return nil
}

// removeSheets deletes those objects of an app that are meant; nil means all.
func (a *act) removeSheets(app string, meant func(state.Object) bool) error {
	all, err := sheets(a.tx, app)
	for _, o := range all {
		if err == nil && (meant == nil || meant(o)) {
			err = objectKind.remove(a, o)
		}
	}
	return err
}

// publishSheets makes every sheet of an app a base sheet, as publishing an app does; unpublishSheets takes that back.
func (a *act) publishSheets(app string) error {
	return a.eachSheet(app, func(o *state.Object) bool {
		was := o.Kind()
		o.Approved, o.Published, o.PublishTime = true, true, a.at
		return was != state.BaseSheet
	})
}

func (a *act) unpublishSheets(app string) error {
	return a.eachSheet(app, func(o *state.Object) bool {
		was := o.Kind()
		o.Approved, o.Published, o.PublishTime = false, false, state.Date{}
		return was != state.PrivateSheet
	})
}

func (a *act) eachSheet(app string, change func(*state.Object) (changed bool)) error {
	all, err := sheets(a.tx, app)
	for _, o := range all {
		if err == nil && change(&o) {
			_, err = objectKind.put(a, o)
		}
	}
	return err
}

// replaceSheets gives an app the sheets of another one. In a published app only base sheets are replaced.
func (a *act) replaceSheets(from, to state.Stored) error {
	isBase := func(o state.Object) bool { return !to.Published || o.Kind() == state.BaseSheet }
	if err := a.removeSheets(to.ID, isBase); err != nil {
		return err
	}
	return a.copySheets(from, to, func(o state.Object) bool { return !from.Published || o.Kind() == state.BaseSheet })
}

// copySheets adds those sheets of an app that are meant to another app: base sheets of a published one, private ones of another.
func (a *act) copySheets(from, to state.Stored, meant func(state.Object) bool) error {
	all, err := sheets(a.tx, from.ID)
	listed := []content.Sheet{}
	for _, o := range all {
		if meant(o) {
			listed = append(listed, content.Sheet{Title: o.Name})
		}
	}
	if err != nil {
		return err
	}
	return a.takeSheets(to, listed)
}

// scopes say which sheets of a published app travel (section 3.4). approved is the default.
var scopes = map[string]func(state.Object) bool{
	"all":       func(state.Object) bool { return true },
	"published": func(o state.Object) bool { return o.Published },
	"approved":  func(o state.Object) bool { return o.Published && o.Approved },
	"":          func(o state.Object) bool { return o.Published && o.Approved },
}

// tail gives the list of sheets that an exported file ends with. An app without community and private sheets has none, so that
// its bytes are the stored ones; and of an unpublished app all sheets travel.
func tail(tx *state.Tx, app state.Stored, scope string) ([]byte, error) {
	all, err := sheets(tx, app.ID)
	if err != nil {
		return nil, err
	}
	listed, needed := []content.Sheet{}, app.Sheets
	for _, o := range all {
		needed = needed || app.Published && o.Kind() != state.BaseSheet
		if !app.Published || scopes[strings.ToLower(scope)](o) {
			listed = append(listed, content.Sheet{ID: o.ID, Title: o.Name, Kind: o.Kind(), Owner: o.Owner.UserDirectory + `\` + o.Owner.UserID})
		}
	}
	if !needed {
		return nil, nil
	}
	return content.SheetsBlock(listed)
}
