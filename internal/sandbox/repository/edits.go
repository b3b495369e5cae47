package repository

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

// The edits take from a posted entity what clients may set, after checking it.

const maxName = 256 // characters

func named(name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || len([]rune(name)) > maxName {
		return "", fault.Field(fault.Invalid, "name", "A name has 1 to %d characters.", maxName)
	}
	return name, nil
}

// editApp also moves a published app: its stream is replaced by another one. No call of QRS for that is known.
func editApp(a *act, app *state.Stored, body state.Stored) (err error) {
	if app.SHA256 == "" {
		return fault.New(fault.Invalid, "An app is made by upload or copy.")
	}
	if app.Name, err = named(body.Name); err != nil {
		return err
	}
	if app.Published && body.Stream != nil && body.Stream.ID != app.Stream.ID {
		if app.Stream, err = a.stream(body.Stream.ID); err != nil {
			return err
		}
	}
	if app.Owner, err = a.owner(body.Owner, app.Owner); err != nil {
		return err
	}
	app.Description = body.Description
	if app.Tags, err = a.tags(body.Tags); err != nil {
		return err
	}
	app.CustomProperties, err = a.properties(body.CustomProperties, app.CustomProperties, "App")
	return err
}

func editStream(a *act, stream *state.Stream, body state.Stream) (err error) {
	if stream.Name, err = named(body.Name); err != nil {
		return err
	}
	if stream.Owner.ID == "" {
		stream.Owner = a.who.user.Ref()
	}
	if stream.Owner, err = a.owner(body.Owner, stream.Owner); err != nil {
		return err
	}
	stream.SchemaPath = "Stream"
	if stream.Tags, err = a.tags(body.Tags); err != nil {
		return err
	}
	stream.CustomProperties, err = a.properties(body.CustomProperties, stream.CustomProperties, "Stream")
	return err
}

func editTag(_ *act, tag *state.Tag, body state.Tag) (err error) {
	tag.SchemaPath = "Tag"
	tag.Name, err = named(body.Name)
	return err
}

func editDefinition(_ *act, d *state.Definition, body state.Definition) (err error) {
	if d.Name, err = named(body.Name); err != nil {
		return err
	}
	if strings.ContainsFunc(d.Name, func(c rune) bool { return c == ' ' || c == '\'' || c == '"' }) {
		return fault.New(fault.Invalid, "The name of a custom property has no spaces and quotes.")
	}
	d.ValueType, d.Description, d.SchemaPath = "Text", body.Description, "CustomPropertyDefinition"
	d.ChoiceValues, d.ObjectTypes = orEmpty(body.ChoiceValues), orEmpty(body.ObjectTypes)
	return nil
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func editUser(a *act, u *state.User, body state.User) (err error) {
	if body.UserID == "" || body.UserDirectory == "" {
		return fault.New(fault.Invalid, "A user has userId and userDirectory.")
	}
	if u.Name, err = named(body.Name); err != nil {
		return err
	}
	u.UserID, u.UserDirectory, u.SchemaPath = body.UserID, body.UserDirectory, "User"
	u.Roles, u.Attributes = orEmpty(body.Roles), orEmpty(body.Attributes)
	u.Inactive, u.RemovedExternally, u.Blacklisted = body.Inactive, body.RemovedExternally, body.Blacklisted
	if u.Tags, err = a.tags(body.Tags); err != nil {
		return err
	}
	u.CustomProperties, err = a.properties(body.CustomProperties, u.CustomProperties, "User")
	return err
}

func editRule(a *act, rule *state.Rule, body state.Rule) (err error) {
	if body.ResourceFilter == "" || body.Actions <= 0 {
		return fault.New(fault.Invalid, "A rule has a resourceFilter and actions.")
	}
	if body.RuleContext < 0 || int(body.RuleContext) >= len(state.RuleContexts) {
		return fault.Field(fault.Invalid, "ruleContext", "A ruleContext is one of %s.", strings.Join(state.RuleContexts, ", "))
	}
	before := rule.Base
	*rule, rule.Base = body, before
	if rule.Name, err = named(body.Name); err != nil {
		return err
	}
	if rule.Category == "" {
		rule.Category = "Security"
	}
	if rule.Type == "" {
		rule.Type = "Custom"
	}
	if rule.SeedID == "" {
		rule.SeedID = state.NoID
	}
	rule.SchemaPath, rule.Privileges = "SystemRule", nil
	rule.Tags, err = a.tags(body.Tags)
	return err
}

func (a *act) stream(id string) (*state.Ref, error) {
	stream, found, err := state.Streams.Get(a.tx, strings.ToLower(id))
	if err == nil && !found {
		err = fault.Field(fault.Invalid, "stream", "There is no stream %q.", id)
	}
	return &state.Ref{ID: stream.ID, Name: stream.Name}, err
}

// owner gives the user of a reference; without one it stays who it was.
func (a *act) owner(ref, before state.UserRef) (state.UserRef, error) {
	if ref.ID == "" || ref.ID == before.ID {
		return before, nil
	}
	user, found, err := state.Users.Get(a.tx, strings.ToLower(ref.ID))
	if err == nil && !found {
		err = fault.Field(fault.Invalid, "owner", "There is no user %q.", ref.ID)
	}
	return user.Ref(), err
}

func (a *act) tags(refs []state.Ref) ([]state.Ref, error) {
	tags := []state.Ref{}
	for _, ref := range refs {
		tag, found, err := state.Tags.Get(a.tx, strings.ToLower(ref.ID))
		if err == nil && !found {
			err = fault.Field(fault.Invalid, "tags", "There is no tag %q.", ref.ID)
		}
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(tags, func(have state.Ref) bool { return have.ID == tag.ID }) {
			tags = append(tags, state.Ref{ID: tag.ID, Name: tag.Name})
		}
	}
	return tags, nil
}

// properties checks values of custom properties; those that were there before keep their id and dates.
func (a *act) properties(given, before []state.PropertyValue, objectType string) ([]state.PropertyValue, error) {
	values := []state.PropertyValue{}
	for _, value := range given {
		definition, found, err := state.Definitions.Get(a.tx, strings.ToLower(value.Definition.ID))
		switch {
		case err != nil:
			return nil, err
		case !found:
			return nil, fault.Field(fault.Invalid, "customProperties", "There is no custom property %q.", value.Definition.ID)
		case !slices.Contains(definition.ObjectTypes, objectType):
			return nil, fault.Field(fault.Invalid, "customProperties", "The custom property %q is not for %s.", definition.Name, objectType)
		case len(definition.ChoiceValues) > 0 && !slices.Contains(definition.ChoiceValues, value.Value):
			return nil, fault.Field(fault.Invalid, "customProperties", "%q is no value of the custom property %q.", value.Value, definition.Name)
		}
		values = append(values, a.value(value.Value, definition, before))
	}
	return values, nil
}

func (a *act) value(text string, d state.Definition, before []state.PropertyValue) state.PropertyValue {
	for _, have := range before {
		if have.Value == text && have.Definition.ID == d.ID {
			return have
		}
	}
	return state.PropertyValue{Base: state.Base{ID: uuid.NewString(), CreatedDate: a.at, ModifiedDate: a.at, ModifiedByUserName: a.who.user.Account()},
		Value: text, Definition: referTo(d), SchemaPath: "CustomPropertyValue"}
}
