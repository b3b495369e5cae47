package main

import (
	"fmt"
	"strconv"
	"strings"
)

// things are what the roots of a condition stand for: texts, lists of texts, or objects. Keys are compared without regard to
// case, as names in conditions are. An object is equal to another by its id, and without one only to itself.
type things struct {
	Resource any `json:"resource"`
	Subject  any `json:"subject"`
	User     any `json:"user"`
	Node     any `json:"node"`
}

// Values implements rule.Env. Empty texts count as missing.
func (t things) Values(path string) []string {
	names := strings.Split(path, ".")
	found := []any{map[string]any{"resource": t.Resource, "subject": t.Subject, "user": t.User, "node": t.Node}}
	for _, name := range names {
		found = below(found, name)
	}
	var values []string
	for _, thing := range flat(found) {
		if v := text(thing, path); v != "" {
			values = append(values, v)
		}
	}
	return values
}

// below gives what objects have under a key.
func below(of []any, key string) (found []any) {
	for _, thing := range flat(of) {
		object, _ := thing.(map[string]any)
		for k, v := range object {
			if strings.EqualFold(k, key) {
				found = append(found, v)
			}
		}
	}
	return found
}

// flat takes lists apart.
func flat(of []any) (all []any) {
	for _, thing := range of {
		if list, ok := thing.([]any); ok {
			all = append(all, flat(list)...)
			continue
		}
		all = append(all, thing)
	}
	return all
}

// text gives a value as conditions compare it. The path stands for an object that has no id.
func text(thing any, path string) string {
	switch v := thing.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case map[string]any:
		if ids := below([]any{v}, "id"); len(ids) > 0 {
			return text(ids[0], path)
		}
		if len(v) == 0 {
			return ""
		}
		return "object " + path
	default:
		return fmt.Sprint(v)
	}
}
