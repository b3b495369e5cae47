package policy_test

import (
	"regexp"
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/rule"
	"github.com/skyferry/skyferry/internal/site"
)

// The oracle judges by docs/rule-language.md alone: it walks the tree, shares no code with the compilers, and is slow.

// oracle says whether the app goes to the target.
func oracle(policies []policy.Policy, app site.App, t policy.Target) bool {
	granted := false
	for _, p := range policies {
		if p.Disabled || !oracleFilter(p.ResourceFilter, app.ID) {
			continue
		}
		switch holds := oracleTrue(parsed(p.Conditions), app, t); {
		case holds && p.Effect == policy.Never:
			return false
		case holds && p.Actions == policy.ActionDistribute:
			granted = true
		}
	}
	return granted && app.Stream != nil
}

// parsed and pattern remember the last texts: the oracle may be slow, but not for what it is not about.
var (
	trees       = map[string]rule.Expr{}
	expressions = map[string]*regexp.Regexp{}
)

func parsed(conditions string) rule.Expr {
	tree, known := trees[conditions]
	if !known {
		if len(trees) > 1000 {
			clear(trees)
		}
		tree, _ = rule.Parse(conditions)
		trees[conditions] = tree
	}
	return tree
}

func pattern(text string) *regexp.Regexp {
	if expressions[text] == nil {
		expressions[text] = regexp.MustCompile(`(?is)\A(?:` + text + `)\z`)
	}
	return expressions[text]
}

func oracleFilter(filter, id string) bool {
	for item := range strings.SplitSeq(filter, ",") {
		item = strings.ToLower(strings.TrimSpace(item))
		if item == "*" || item == "app*" || item == "app_*" || item == "app_"+strings.ToLower(id) {
			return true
		}
	}
	return false
}

func oracleTrue(e rule.Expr, app site.App, t policy.Target) bool {
	switch e := e.(type) {
	case *rule.Paren:
		return oracleTrue(e.Inner, app, t)
	case *rule.Not:
		return !oracleTrue(e.Operand, app, t)
	case *rule.Bool:
		return e.Value
	case *rule.Logical:
		n := 0
		for _, term := range e.Terms {
			if oracleTrue(term, app, t) {
				n++
			}
		}
		return n == len(e.Terms) || e.Op == rule.Or && n > 0
	case *rule.Call:
		if strings.EqualFold(e.Name.Name, "IsOwned") {
			return app.Owner.ID != ""
		}
		return len(oracleValues(e.Target, app, t)) == 0
	case *rule.Compare:
		return oracleCompare(e, oracleValues(e.Left, app, t), oracleValues(e.Right, app, t))
	}
	return true // the empty condition
}

func oracleCompare(e *rule.Compare, left, right []string) bool {
	if len(left) == 0 || len(right) == 0 {
		return e.Op == rule.NotEqual || e.Op == rule.NotSameText
	}
	for _, l := range left {
		for _, r := range right {
			if oraclePair(e.Op, l, r) {
				return true
			}
		}
	}
	return false
}

func oraclePair(op rule.Op, l, r string) bool {
	switch op {
	case rule.Equal:
		return oracleFold(l) == oracleFold(r)
	case rule.NotEqual:
		return oracleFold(l) != oracleFold(r)
	case rule.SameText:
		return l == r
	case rule.NotSameText:
		return l != r
	case rule.Like:
		return oracleLike([]rune(oracleFold(l)), []rune(oracleFold(r)))
	default:
		return pattern(r).MatchString(l)
	}
}

// oracleFold is enough for the letters that the generator uses.
func oracleFold(text string) string { return strings.ToLower(strings.ToUpper(text)) }

// oracleLike tries every split at a star.
func oracleLike(value, pattern []rune) bool {
	switch {
	case len(pattern) == 0:
		return len(value) == 0
	case pattern[0] == '*':
		return oracleLike(value, pattern[1:]) || len(value) > 0 && oracleLike(value[1:], pattern)
	case len(value) == 0:
		return false
	case pattern[0] == '?':
		return oracleLike(value[1:], pattern[1:])
	case pattern[0] == '\\' && len(pattern) > 1 && strings.ContainsRune(`*?\`, pattern[1]):
		return value[0] == pattern[1] && oracleLike(value[1:], pattern[2:])
	default:
		return value[0] == pattern[0] && oracleLike(value[1:], pattern[1:])
	}
}

func oracleValues(e rule.Expr, app site.App, t policy.Target) []string {
	switch e := rule.Inner(e).(type) {
	case *rule.Text:
		return []string{e.Value}
	case *rule.Path:
		return slices.DeleteFunc(oraclePath(strings.Split(strings.ToLower(e.String()), "."), app, t), func(v string) bool { return v == "" })
	}
	return nil
}

func oraclePath(names []string, app site.App, t policy.Target) []string {
	if names[0] == "subject" {
		return []string{t.Name}
	}
	if len(names) == 1 {
		return []string{app.ID}
	}
	switch names[1] {
	case "id":
		return []string{app.ID}
	case "name":
		return []string{app.Name}
	case "resourcetype":
		return []string{"App"}
	case "owner":
		return oracleOwner(names[2:], app.Owner)
	case "stream":
		return oracleStream(names[2:], app.Stream)
	}
	return oracleCustom(names[1], app.Properties)
}

func oracleStream(names []string, s *site.Stream) []string {
	if s == nil {
		return nil
	}
	if len(names) == 0 {
		return []string{s.ID}
	}
	switch names[0] {
	case "id":
		return []string{s.ID}
	case "name":
		return []string{s.Name}
	case "owner":
		return oracleOwner(names[1:], s.Owner)
	}
	return oracleCustom(names[0], s.Properties)
}

func oracleOwner(names []string, o site.Owner) []string {
	if len(names) == 0 {
		return []string{o.ID}
	}
	return []string{map[string]string{"id": o.ID, "name": o.Name, "userid": o.UserID, "userdirectory": o.Directory, "email": o.Email}[names[0]]}
}

func oracleCustom(name string, properties map[string][]string) []string {
	for n, values := range properties {
		if "@"+strings.ToLower(n) == name {
			return slices.Clone(values)
		}
	}
	return nil
}
