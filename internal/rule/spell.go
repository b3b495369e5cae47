package rule

import "strings"

// Spelled gives root and rest of a path in the spelling that the editor's lists have: Subject.NAME is subject, name.
func Spelled(p *Path) (root, rest string) {
	names := []string{}
	at := roots[strings.ToLower(p.Segments[0].Name)]
	for _, s := range p.Segments[1:] {
		name := s.Name
		if at != nil {
			name, at = at.spell(name)
		}
		names = append(names, name)
	}
	return strings.ToLower(p.Segments[0].Name), strings.Join(names, ".")
}

// spell gives the canonical name of a property, and the entity it leads to.
func (e *entity) spell(name string) (string, *entity) {
	if lower := strings.ToLower(name); e.refs[lower] != nil {
		return lower, e.refs[lower]
	}
	if value, ok := e.value(name); ok {
		return value, nil
	}
	return name, nil
}
