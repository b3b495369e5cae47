package filter

import (
	"reflect"
	"strings"
)

// path leads from an entity to a property: a field index for each step.
type path struct {
	steps [][]int
	kind  reflect.Type // of the property itself
}

// pathOf finds a property by its dotted name, ignoring case. A step through a list leads to each of its elements.
func pathOf(t reflect.Type, name string) (path, bool) {
	var p path
	for step := range strings.SplitSeq(name, ".") {
		t = element(t)
		if t.Kind() != reflect.Struct {
			return p, false
		}
		field, found := fieldOf(t, step)
		if !found {
			return p, false
		}
		p.steps, t = append(p.steps, field.Index), field.Type
	}
	p.kind = t
	return p, true
}

func element(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

func fieldOf(t reflect.Type, name string) (reflect.StructField, bool) {
	for _, field := range reflect.VisibleFields(t) {
		tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if tag != "" && strings.EqualFold(tag, name) {
			return field, true
		}
	}
	return reflect.StructField{}, false
}

// visit calls do with each value that the path leads to, until it returns true, and says whether one did.
func (p path) visit(v reflect.Value, do func(reflect.Value) bool) bool { return walk(v, p.steps, do) }

func walk(v reflect.Value, steps [][]int, do func(reflect.Value) bool) bool {
	switch v.Kind() {
	case reflect.Pointer:
		return !v.IsNil() && walk(v.Elem(), steps, do)
	case reflect.Slice:
		for i := range v.Len() {
			if walk(v.Index(i), steps, do) {
				return true
			}
		}
		return false
	}
	if len(steps) == 0 {
		return do(v)
	}
	return walk(v.FieldByIndex(steps[0]), steps[1:], do)
}

// Spelling gives a property of a type in its own spelling.
func Spelling(t reflect.Type, name string) (string, bool) {
	field, found := fieldOf(t, name)
	if !found {
		return "", false
	}
	own, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return own, true
}

// Value gives the value of a property by its dotted name, ignoring case: a whole list where the name leads to one. A step through
// an absent value gives nil; found is false when the type has no such property.
func Value(v reflect.Value, name string) (value any, found bool) {
	for step := range strings.SplitSeq(name, ".") {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return nil, true
			}
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct {
			return nil, false
		}
		field, found := fieldOf(v.Type(), step)
		if !found {
			return nil, false
		}
		v = v.FieldByIndex(field.Index)
	}
	return v.Interface(), true
}
