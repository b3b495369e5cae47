package repository

import (
	"reflect"
	"strings"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

// kind is one type of entity: how it is kept, written and changed.
type kind[T any] struct {
	schema string // App, Stream, ...
	table  state.Table[T]
	base   func(*T) *state.Base
	fresh  func(tx *state.Tx, n names, entity *T) // fills in today's names
	full   func(T) any                            // as it is written
	brief  func(T) any                            // as lists without "full" write it
	edit   func(a *act, entity *T, body T) error
	grant  func(entity *T, privileges []string) // adds what the parameter privileges=true asks for
	dates  []dated                              // by which windows of dates are read
}

// dated is a date property with the index in its order.
type dated struct{ property, index string }

// brief forms that several kinds share.
type (
	briefName struct {
		ID         string   `json:"id"`
		Name       string   `json:"name"`
		Privileges []string `json:"privileges"`
	}
	briefProperty struct {
		ID           string   `json:"id"`
		Name         string   `json:"name"`
		ValueType    string   `json:"valueType"`
		ChoiceValues []string `json:"choiceValues"`
		Privileges   []string `json:"privileges"`
	}
)

func itself[T any](entity T) any { return entity }

var appKind = kind[state.Stored]{
	grant:  func(a *state.Stored, list []string) { a.Privileges = list },
	dates:  []dated{{"createdDate", state.ByCreated}, {"modifiedDate", state.ByModified}},
	schema: "App", table: state.Apps, base: func(a *state.Stored) *state.Base { return &a.Base }, edit: editApp,
	fresh: func(_ *state.Tx, n names, a *state.Stored) {
		a.Owner, a.Tags, a.CustomProperties, a.Stream = n.owner(a.Owner), n.tagged(a.Tags), n.valued(a.CustomProperties), n.stream(a.Stream)
	},
	full: func(a state.Stored) any { return a.App }, brief: func(a state.Stored) any { return a.Brief() },
}

var streamKind = kind[state.Stream]{
	grant:  func(s *state.Stream, list []string) { s.Privileges = list },
	schema: "Stream", table: state.Streams, base: func(s *state.Stream) *state.Base { return &s.Base }, edit: editStream,
	fresh: func(_ *state.Tx, n names, s *state.Stream) {
		s.Owner, s.Tags, s.CustomProperties = n.owner(s.Owner), n.tagged(s.Tags), n.valued(s.CustomProperties)
	},
	full: itself[state.Stream], brief: func(s state.Stream) any { return briefName{s.ID, s.Name, s.Privileges} },
}

var tagKind = kind[state.Tag]{
	grant:  func(t *state.Tag, list []string) { t.Privileges = list },
	schema: "Tag", table: state.Tags, base: func(t *state.Tag) *state.Base { return &t.Base }, edit: editTag,
	fresh: func(*state.Tx, names, *state.Tag) {}, full: itself[state.Tag], brief: func(t state.Tag) any { return briefName{t.ID, t.Name, t.Privileges} },
}

var definitionKind = kind[state.Definition]{
	grant:  func(d *state.Definition, list []string) { d.Privileges = list },
	schema: "CustomPropertyDefinition", table: state.Definitions, base: func(d *state.Definition) *state.Base { return &d.Base },
	edit: editDefinition, fresh: func(*state.Tx, names, *state.Definition) {}, full: itself[state.Definition],
	brief: func(d state.Definition) any {
		return briefProperty{d.ID, d.Name, d.ValueType, d.ChoiceValues, d.Privileges}
	},
}

var userKind = kind[state.User]{
	grant:  func(u *state.User, list []string) { u.Privileges = list },
	schema: "User", table: state.Users, base: func(u *state.User) *state.Base { return &u.Base }, edit: editUser,
	fresh: func(_ *state.Tx, n names, u *state.User) {
		u.Tags, u.CustomProperties = n.tagged(u.Tags), n.valued(u.CustomProperties)
	},
	full: itself[state.User], brief: func(u state.User) any {
		ref := u.Ref()
		ref.Privileges = u.Privileges
		return ref
	},
}

var ruleKind = kind[state.Rule]{
	grant:  func(r *state.Rule, list []string) { r.Privileges = list },
	schema: "SystemRule", table: state.Rules, base: func(r *state.Rule) *state.Base { return &r.Base }, edit: editRule,
	fresh: func(_ *state.Tx, n names, r *state.Rule) { r.Tags = n.tagged(r.Tags) }, full: itself[state.Rule], brief: itself[state.Rule],
}

var executionKind = kind[state.Execution]{
	grant:  func(e *state.Execution, list []string) { e.Privileges = list },
	schema: "ExecutionResult", table: state.Executions, base: func(e *state.Execution) *state.Base { return &e.Base },
	edit:  func(*act, *state.Execution, state.Execution) error { return errForbidden },
	fresh: func(*state.Tx, names, *state.Execution) {}, full: itself[state.Execution], brief: func(e state.Execution) any { return e.Brief() },
}

var taskKind = kind[state.ReloadTask]{
	grant:  func(t *state.ReloadTask, list []string) { t.Privileges = list },
	schema: "ReloadTask", table: state.Tasks, base: func(t *state.ReloadTask) *state.Base { return &t.Base }, edit: editTask,
	fresh: func(tx *state.Tx, n names, t *state.ReloadTask) {
		t.Tags, t.CustomProperties, t.App = n.tagged(t.Tags), n.valued(t.CustomProperties), n.app(tx, t.App)
	},
	full: itself[state.ReloadTask], brief: func(t state.ReloadTask) any { return t.Brief() },
}

var objectKind = kind[state.Object]{
	grant:  func(o *state.Object, list []string) { o.Privileges = list },
	schema: "App.Object", table: state.Objects, base: func(o *state.Object) *state.Base { return &o.Base }, edit: editObject,
	fresh: func(tx *state.Tx, n names, o *state.Object) {
		o.Owner, o.Tags, o.App = n.owner(o.Owner), n.tagged(o.Tags), n.app(tx, o.App)
	},
	full: itself[state.Object], brief: func(o state.Object) any { return o.Brief() },
}

// notifiable is a kind whatever its type: what subscriptions and the log of changes need of it.
type notifiable interface {
	name() string
	entity() reflect.Type
	load(tx *state.Tx, n names, id string) (any, bool, error)
}

var notifiables = []notifiable{appKind, streamKind, tagKind, definitionKind, userKind, ruleKind, executionKind, taskKind, objectKind}

// notifiableNamed finds a kind by its name, ignoring case and dots: App.Object is also written appobject.
func notifiableNamed(name string) (notifiable, bool) {
	for _, k := range notifiables {
		if strings.EqualFold(strings.ReplaceAll(k.name(), ".", ""), strings.ReplaceAll(name, ".", "")) {
			return k, true
		}
	}
	return nil, false
}

func (k kind[T]) name() string { return k.schema }

// entity is the type that filters work on.
func (k kind[T]) entity() reflect.Type {
	var none T
	return reflect.TypeOf(k.full(none))
}

func (k kind[T]) load(tx *state.Tx, n names, id string) (any, bool, error) {
	entity, found, err := k.table.Get(tx, id)
	if err != nil || !found {
		return nil, false, err
	}
	k.fresh(tx, n, &entity)
	return k.full(entity), true, nil
}

// get gives the stored entity.
func (k kind[T]) get(tx *state.Tx, id string) (T, error) {
	entity, found, err := k.table.Get(tx, strings.ToLower(id))
	if err == nil && !found {
		err = fault.New(fault.NotFound, "There is no %s %q.", k.schema, id)
	}
	return entity, err
}
