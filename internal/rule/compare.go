package rule

import "strings"

// pairs tells whether any value of one side and any of the other agree.
func pairs(a, b []string, agree func(x, y string) bool) bool {
	for _, x := range a {
		for _, y := range b {
			if agree(x, y) {
				return true
			}
		}
	}
	return false
}

// comparisons are the operators between values. A missing value is equal to nothing and different from everything: the
// shipped rules rely on it (rule-language.md section 1, Missing and empty).
var comparisons = map[Op]func(a, b []string) bool{
	Equal:       func(a, b []string) bool { return pairs(a, b, strings.EqualFold) },
	SameText:    func(a, b []string) bool { return pairs(a, b, same) },
	NotEqual:    func(a, b []string) bool { return missing(a, b) || pairs(a, b, different) },
	NotSameText: func(a, b []string) bool { return missing(a, b) || pairs(a, b, notSame) },
}

func missing(a, b []string) bool { return len(a) == 0 || len(b) == 0 }

func same(x, y string) bool      { return x == y }
func notSame(x, y string) bool   { return x != y }
func different(x, y string) bool { return !strings.EqualFold(x, y) }
