package filter

import (
	"cmp"
	"reflect"
	"strings"

	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

// Order compares two entities.
type Order func(a, b reflect.Value) int

// ParseOrder reads properties, separated by commas, each with asc or desc behind it, or + or - before it; an empty text gives none.
func ParseOrder(text string, entity reflect.Type) (Order, error) {
	var orders []Order
	for part := range strings.SplitSeq(text, ",") {
		words := strings.Fields(part)
		if len(words) == 0 {
			continue
		}
		name := strings.TrimLeft(words[0], "+-")
		down := strings.HasPrefix(words[0], "-") || len(words) == 2 && strings.EqualFold(words[1], "desc")
		at, found := pathOf(entity, name)
		if !found || len(words) > 2 || len(words) == 2 && !down && !strings.EqualFold(words[1], "asc") {
			return nil, unreadable(text)
		}
		orders = append(orders, orderBy(at, down))
	}
	if len(orders) == 0 {
		return nil, nil
	}
	return func(a, b reflect.Value) int {
		for _, order := range orders {
			if c := order(a, b); c != 0 {
				return c
			}
		}
		return 0
	}, nil
}

func orderBy(at path, down bool) Order {
	return func(a, b reflect.Value) int {
		c := compareValues(at.first(a), at.first(b))
		if down {
			return -c
		}
		return c
	}
}

// first gives the first value of a path; the zero Value when there is none.
func (p path) first(v reflect.Value) (first reflect.Value) {
	p.visit(v, func(found reflect.Value) bool {
		first = found
		return true
	})
	return first
}

// compareValues puts what is absent first.
func compareValues(a, b reflect.Value) int {
	switch {
	case !a.IsValid() || !b.IsValid():
		return cmp.Compare(btoi(a.IsValid()), btoi(b.IsValid()))
	case a.Type() == reflect.TypeFor[state.Date]():
		return a.Interface().(state.Date).Compare(b.Interface().(state.Date).Time) //nolint:forcetypeassert // the type was looked at
	case a.Kind() == reflect.Bool:
		return cmp.Compare(btoi(a.Bool()), btoi(b.Bool()))
	case a.CanInt():
		return cmp.Compare(a.Int(), b.Int())
	case a.Kind() == reflect.String:
		return cmp.Compare(strings.ToLower(a.String()), strings.ToLower(b.String()))
	}
	return 0
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
