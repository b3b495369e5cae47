package tenant

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/skyferry/skyferry/internal/fault"
)

// fields gives the values of a record's field by its name in lower case; false when there is no such field.
type fields func(name string) (values []string, known bool)

// filter decides whether a record is wanted.
type filter func(fields) bool

// Bounds of a filter: its length in bytes, and how deep its brackets go.
const (
	maxFilter   = 8 << 10
	maxBrackets = 20
)

var filterWord = regexp.MustCompile(`^\s*(\(|\)|"(?:[^"\\]|\\.)*"|[^\s()"]+)`)

// parseFilter reads a filter in the form of SCIM (RFC 7644 section 3.4.2.2) as far as Qlik's services take it: eq, ne and co
// joined by and, or and brackets. An empty text wants everything.
func parseFilter(text string) (filter, error) {
	if strings.TrimSpace(text) == "" {
		return func(fields) bool { return true }, nil
	}
	if len(text) > maxFilter {
		return nil, fault.New(fault.Invalid, "The filter is longer than %d bytes.", maxFilter)
	}
	p := &filterParser{}
	for rest := text; strings.TrimSpace(rest) != ""; {
		word := filterWord.FindString(rest)
		if word == "" {
			return nil, fault.New(fault.Invalid, "The filter cannot be read at %q.", rest)
		}
		p.words, rest = append(p.words, strings.TrimSpace(word)), rest[len(word):]
	}
	wanted, err := p.or(0)
	if err == nil && len(p.words) > 0 {
		err = fault.New(fault.Invalid, "The filter cannot be read at %q.", p.words[0])
	}
	return wanted, err
}

type filterParser struct{ words []string }

func (p *filterParser) take() (word string) {
	if len(p.words) > 0 {
		word, p.words = p.words[0], p.words[1:]
	}
	return word
}

// have takes the next word when it is this one.
func (p *filterParser) have(word string) bool {
	if len(p.words) > 0 && strings.EqualFold(p.words[0], word) {
		p.take()
		return true
	}
	return false
}

func (p *filterParser) or(depth int) (filter, error) {
	left, err := p.and(depth)
	for err == nil && p.have("or") {
		var right filter
		first := left
		right, err = p.and(depth)
		left = func(f fields) bool { return first(f) || right(f) }
	}
	return left, err
}

func (p *filterParser) and(depth int) (filter, error) {
	left, err := p.one(depth)
	for err == nil && p.have("and") {
		var right filter
		first := left
		right, err = p.one(depth)
		left = func(f fields) bool { return first(f) && right(f) }
	}
	return left, err
}

func (p *filterParser) one(depth int) (filter, error) {
	if !p.have("(") {
		return p.comparison()
	}
	if depth > maxBrackets {
		return nil, fault.New(fault.Invalid, "The filter has more than %d brackets in each other.", maxBrackets)
	}
	inner, err := p.or(depth + 1)
	if err == nil && !p.have(")") {
		err = fault.New(fault.Invalid, "A bracket of the filter is not closed.")
	}
	return inner, err
}

func (p *filterParser) comparison() (filter, error) {
	name, op, quoted := p.take(), strings.ToLower(p.take()), p.take()
	value, err := strconv.Unquote(quoted)
	if err != nil || op != "eq" && op != "ne" && op != "co" {
		return nil, fault.New(fault.Invalid, `The filter is made of parts such as subject eq "x"; %q %q %q is none.`, name, op, quoted)
	}
	return func(f fields) bool {
		have, _ := f(strings.ToLower(name)) // an unknown field has no value
		for _, one := range have {
			if strings.EqualFold(one, value) && op != "co" || op == "co" && strings.Contains(strings.ToLower(one), strings.ToLower(value)) {
				return op != "ne"
			}
		}
		return op == "ne"
	}, nil
}
