package filter

import (
	"cmp"
	"reflect"
	"strconv"
	"strings"

	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

// named is an enum: its values are written by name or by number.
type named interface{ Names() []string }

// compare makes the test of one property. In a list one element is enough; ne is the opposite of eq, so that it also holds
// where there is no value.
func compare(at path, operator string, value token) (Filter, bool) {
	operator = strings.ToLower(operator)
	if value.is("null") {
		return nothing(at, operator)
	}
	test, good := testOf(element(at.kind), operator, value)
	if operator == "ne" {
		return func(v reflect.Value) bool { return !at.visit(v, test) }, good
	}
	return func(v reflect.Value) bool { return at.visit(v, test) }, good
}

// nothing tests whether there is no value at all.
func nothing(at path, operator string) (Filter, bool) {
	there := func(v reflect.Value) bool { return at.visit(v, func(reflect.Value) bool { return true }) }
	switch operator {
	case "eq":
		return func(v reflect.Value) bool { return !there(v) }, true
	case "ne":
		return there, true
	}
	return nil, false
}

// testOf makes the test of one value; ne is tested as eq.
func testOf(t reflect.Type, operator string, value token) (func(reflect.Value) bool, bool) {
	switch {
	case t == reflect.TypeFor[state.Date]():
		date, err := state.ParseDate(value.text)
		return ordered(operator, func(v reflect.Value) int {
			return v.Interface().(state.Date).Compare(date.Time) //nolint:forcetypeassert // the type was looked at
		}, err == nil)
	case t.Kind() == reflect.Bool:
		want, err := strconv.ParseBool(strings.ToLower(value.text))
		return func(v reflect.Value) bool { return v.Bool() == want }, err == nil && (operator == "eq" || operator == "ne")
	case t.Kind() == reflect.Int || t.Kind() == reflect.Int64:
		want, good := number(t, value.text)
		return ordered(operator, func(v reflect.Value) int { return cmp.Compare(v.Int(), want) }, good)
	case t.Kind() == reflect.String:
		return textual(operator, strings.ToLower(value.text))
	}
	return nil, false
}

func number(t reflect.Type, text string) (int64, bool) {
	if enum, is := reflect.TypeAssert[named](reflect.Zero(t)); is {
		for i, name := range enum.Names() {
			if strings.EqualFold(name, text) {
				return int64(i), true
			}
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

func ordered(operator string, compare func(reflect.Value) int, good bool) (func(reflect.Value) bool, bool) {
	holds := map[string]func(int) bool{
		"eq": func(c int) bool { return c == 0 }, "ne": func(c int) bool { return c == 0 },
		"gt": func(c int) bool { return c > 0 }, "ge": func(c int) bool { return c >= 0 },
		"lt": func(c int) bool { return c < 0 }, "le": func(c int) bool { return c <= 0 },
	}[operator]
	return func(v reflect.Value) bool { return holds(compare(v)) }, good && holds != nil
}

func textual(operator, want string) (func(reflect.Value) bool, bool) {
	holds := map[string]func(text, want string) bool{
		"eq": func(text, want string) bool { return text == want }, "ne": func(text, want string) bool { return text == want },
		"sw": strings.HasPrefix, "ew": strings.HasSuffix, "so": strings.Contains,
	}[operator]
	return func(v reflect.Value) bool { return holds(strings.ToLower(v.String()), want) }, holds != nil
}
