package repository

import "github.com/skyferry/skyferry/internal/sandbox/repository/state"

// pageSize is how many records are read in one transaction of a list, so that a slow reader holds up no writer.
const pageSize = 500

// each visits every record of a table by key.
func each[T any](tx *state.Tx, table state.Table[T], visit func(T) error) error {
	for after := ""; ; {
		page, last, err := table.Page(tx, after, pageSize)
		if err != nil {
			return err
		}
		for _, record := range page {
			if err := visit(record); err != nil {
				return err
			}
		}
		if len(page) < pageSize {
			return nil
		}
		after = last
	}
}

// names are what entities call each other by, at one moment.
type names struct {
	streams, tags map[string]string
	users         map[string]state.UserRef
	definitions   map[string]state.DefinitionRef
}

func readNames(tx *state.Tx) (names, error) {
	n := names{map[string]string{}, map[string]string{}, map[string]state.UserRef{}, map[string]state.DefinitionRef{}}
	err := each(tx, state.Streams, func(s state.Stream) error { n.streams[s.ID] = s.Name; return nil })
	if err == nil {
		err = each(tx, state.Tags, func(t state.Tag) error { n.tags[t.ID] = t.Name; return nil })
	}
	if err == nil {
		err = each(tx, state.Users, func(u state.User) error { n.users[u.ID] = u.Ref(); return nil })
	}
	if err == nil {
		err = each(tx, state.Definitions, func(d state.Definition) error { n.definitions[d.ID] = referTo(d); return nil })
	}
	return n, err
}

func referTo(d state.Definition) state.DefinitionRef {
	return state.DefinitionRef{ID: d.ID, Name: d.Name, ValueType: d.ValueType, ChoiceValues: d.ChoiceValues}
}

// owner gives an owner by today's name; one that was deleted keeps the last.
func (n names) owner(of state.UserRef) state.UserRef {
	if user, found := n.users[of.ID]; found {
		return user
	}
	return of
}

// tagged leaves out tags that were deleted.
func (n names) tagged(refs []state.Ref) []state.Ref {
	kept := []state.Ref{}
	for _, ref := range refs {
		if name, found := n.tags[ref.ID]; found {
			kept = append(kept, state.Ref{ID: ref.ID, Name: name})
		}
	}
	return kept
}

// valued leaves out values of properties that were deleted.
func (n names) valued(values []state.PropertyValue) []state.PropertyValue {
	kept := []state.PropertyValue{}
	for _, value := range values {
		if definition, found := n.definitions[value.Definition.ID]; found {
			value.Definition = definition
			kept = append(kept, value)
		}
	}
	return kept
}

func (n names) stream(ref *state.Ref) *state.Ref {
	if ref == nil {
		return nil
	}
	return &state.Ref{ID: ref.ID, Name: n.streams[ref.ID]}
}

// app gives an app as its objects and tasks name it; one that was deleted keeps its last name.
func (n names) app(tx *state.Tx, ref state.BriefApp) state.BriefApp {
	app, found, err := state.Apps.Get(tx, ref.ID)
	if err != nil || !found {
		return ref
	}
	app.Stream = n.stream(app.Stream)
	return app.Brief()
}
