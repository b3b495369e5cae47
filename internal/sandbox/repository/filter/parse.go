package filter

import "reflect"

// Filter says whether an entity belongs to a list.
type Filter func(entity reflect.Value) bool

// Parse reads a filter for entities of a type; an empty text lets all through. The error is Invalid and has the text that
// QRS answers.
func Parse(text string, entity reflect.Type) (Filter, error) {
	tokens, err := lex(text)
	if err != nil {
		return nil, err
	}
	if len(tokens) == 0 {
		return func(reflect.Value) bool { return true }, nil
	}
	p := &parser{tokens: tokens, entity: entity}
	f, good := p.or(0)
	if !good || len(p.tokens) > 0 {
		return nil, unreadable(text)
	}
	return f, nil
}

// parser reads by descent: or binds least, then and, then not.
type parser struct {
	tokens []token
	entity reflect.Type
}

func (p *parser) accept(word string) bool {
	if len(p.tokens) > 0 && p.tokens[0].is(word) {
		p.tokens = p.tokens[1:]
		return true
	}
	return false
}

func (p *parser) or(depth int) (Filter, bool) {
	f, good := p.and(depth)
	for good && p.accept("or") {
		left := f
		var right Filter
		right, good = p.and(depth)
		f = func(v reflect.Value) bool { return left(v) || right(v) }
	}
	return f, good
}

func (p *parser) and(depth int) (Filter, bool) {
	f, good := p.not(depth)
	for good && p.accept("and") {
		left := f
		var right Filter
		right, good = p.not(depth)
		f = func(v reflect.Value) bool { return left(v) && right(v) }
	}
	return f, good
}

func (p *parser) not(depth int) (Filter, bool) {
	switch {
	case depth > maxDepth:
		return nil, false
	case p.accept("not"):
		f, good := p.not(depth + 1)
		return func(v reflect.Value) bool { return !f(v) }, good
	case p.accept("("):
		f, good := p.or(depth + 1)
		return f, good && p.accept(")")
	}
	return p.comparison()
}

// comparison reads property, operator, value.
func (p *parser) comparison() (Filter, bool) {
	if len(p.tokens) < 3 || p.tokens[0].quoted || p.tokens[1].quoted {
		return nil, false
	}
	property, operator, value := p.tokens[0], p.tokens[1], p.tokens[2]
	p.tokens = p.tokens[3:]
	at, found := pathOf(p.entity, property.text)
	if !found {
		return nil, false
	}
	return compare(at, operator.text, value)
}
