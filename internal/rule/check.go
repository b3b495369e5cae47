package rule

import (
	"slices"
	"strings"
)

// Check tells what a rule of the vocabulary's kind cannot mean, or surely does not mean, in a parsed condition. Compile
// accepts whatever has no fault here. The rest of the vocabulary makes it look closer.
func Check(e Expr, known Vocabulary) []Diagnostic {
	c := &checker{report: &report{}, known: known}
	if e != nil {
		c.condition(e)
	}
	return c.sorted()
}

type checker struct {
	*report

	known Vocabulary
	last  *Compare // with a fixed text on its right: what "or" goes on from
}

// condition checks an expression that must be true or false.
func (c *checker) condition(e Expr) {
	switch e := e.(type) {
	case *Logical:
		for _, term := range e.Terms {
			c.condition(term)
		}
		c.alwaysTrue(e)
		c.neverTrue(e)
	case *Not:
		c.openSubject(e)
		c.condition(e.Operand)
	case *Paren:
		c.condition(e.Inner)
	case *Compare:
		c.compare(e)
	case *Call:
		c.call(e)
	case *Path:
		c.alone(e)
	case *Text:
		c.loneText(e)
	}
}

// alone judges a property without a comparison. The engine's dialect has it, and nobody knows whether Qlik Sense has.
func (c *checker) alone(e *Path) {
	text := brief(Format(e))
	if c.uncalled(e) {
		return
	}
	at := c.property(e, false)
	if !at.ok {
		return
	}
	if c.known.Kind != Distribution {
		c.warnf(e.at, "comparison-missing", nil, "%s alone is no comparison; it is read as %s=\"true\".", text, text)
		return
	}
	c.faultf(e.at, "comparison-missing", nil, "%s alone is no condition; compare it with something.", text)
}

// sort is what a side of a comparison gives: values, or one of the entities.
type sort struct {
	ok     bool
	entity *entity
	open   bool // a thing or a value: nobody knows
}

func (c *checker) compare(e *Compare) {
	if c.truth(e) || c.absent(e) {
		return
	}
	left, right := c.value(e.Left, e.Right), c.value(e.Right, e.Left)
	if _, text := Inner(e.Right).(*Text); text && left.ok {
		c.last = e
	}
	switch {
	case !left.ok || !right.ok: // told already
	case e.Op == Like || e.Op == Matches:
		c.pattern(e, left)
	case left.open || right.open:
		c.likelyReference(e)
		c.doubtful(e)
	case left.entity != nil && left.entity != right.entity:
		c.reference(e.Left, left.entity)
	case right.entity != nil && left.entity != right.entity:
		c.reference(e.Right, right.entity)
	default:
		c.doubtful(e)
	}
}

// likelyReference doubts a text beside what is a thing by all that is known of a site's own rules.
func (c *checker) likelyReference(e *Compare) {
	path, isPath := Inner(e.Left).(*Path)
	_, isText := Inner(e.Right).(*Text)
	if !isPath || !isText {
		return
	}
	last := path.Segments[len(path.Segments)-1].Name
	if len(path.Segments) == 1 || slices.Contains([]string{"owner", "stream", "app"}, strings.ToLower(last)) {
		c.warnf(e.Left.Span(), "reference-compared", insert(e.Left.Span().End, ".name", "Compare its name"), "%s is probably a thing and no text; compare %s.name.", brief(path.String()), brief(path.String()))
	}
}

// reference refuses a thing where a text is needed, and offers its name.
func (c *checker) reference(e Expr, what *entity) {
	path := Inner(e).(*Path).String() //nolint:forcetypeassert // only paths give entities
	at := e.Span().End
	c.faultf(e.Span(), "reference-compared", insert(at, ".name", "Compare its name"),
		"%s is the %s itself and no text; compare %s.name.", path, what.word, path)
}

// value checks a side of a comparison; other is the other one.
func (c *checker) value(e, other Expr) sort {
	switch e := Inner(e).(type) {
	case *Text:
		return sort{ok: true}
	case *Path:
		_, text := Inner(other).(*Text)
		return c.property(e, !text)
	case *Call:
		if c.call(e); isFunction(e.Name.Name) {
			c.faultf(e.at, "value-expected", nil, "%s is true or false and no value; it stands by itself.", e.Name.Name)
		}
	case *Bool:
		text := Quote(Format(e))
		c.warnf(e.at, "quote-missing", replace(e.at, text, "Put it in quotes"), "Properties hold texts, so this is read as %s.", text)
		return sort{ok: true}
	case *Bad: // told by the parser
	default:
		c.faultf(e.Span(), "value-expected", nil, "A condition cannot be compared; a comparison needs a property or a text on each side.")
	}
	return sort{}
}

// pattern checks a like or matches.
func (c *checker) pattern(e *Compare, left sort) {
	text, ok := Inner(e.Right).(*Text)
	if !ok {
		c.faultf(e.Right.Span(), "pattern-dynamic", asEqual(e), "Right of %s a fixed text in double quotes is needed; a property cannot be a pattern.", e.Op)
		return
	}
	if left.entity != nil {
		c.reference(e.Left, left.entity)
		return
	}
	if e.Op == Matches {
		if _, err := compilePattern(text.Value); err != nil {
			var fix *Fix
			if strings.HasPrefix(text.Value, "*") && !strings.ContainsAny(text.Value, `.\[](){}+|^$`) {
				fix = useLike(e)
			}
			c.faultf(text.at, "pattern-invalid", fix, "%s", sentence(err))
			return
		}
	}
	c.doubtful(e)
}

// asEqual offers = for a like that compares two properties, which is what somebody surely means.
func asEqual(e *Compare) *Fix {
	if _, isPath := Inner(e.Right).(*Path); !isPath || e.Op != Like {
		return nil
	}
	return replace(e.OpSpan, "=", "Use =")
}

// path checks a property where a thing is asked, and tells what it gives.
func (c *checker) path(p *Path) sort { return c.property(p, len(p.Segments) == 1) }

// property checks a property and tells what it gives; quoted says that a text may be meant.
func (c *checker) property(p *Path, quoted bool) sort {
	at, ok := c.root(p, quoted)
	if !ok {
		return sort{}
	}
	if at.open {
		return sort{ok: true, open: true}
	}
	for i, s := range p.Segments[1:] {
		last := i+2 == len(p.Segments)
		if ref := at.refs[strings.ToLower(s.Name)]; ref != nil {
			at = ref
			continue
		}
		if !c.ofEntity(p, i+1, at) {
			return sort{}
		}
		if !last {
			c.faultf(p.Segments[i+2].Span, "property-unknown", nil, "%s is a text and has no properties of its own.", s.Name)
		}
		return sort{ok: last}
	}
	return sort{ok: true, entity: at}
}

// root finds what a path begins with.
func (c *checker) root(p *Path, quoted bool) (*entity, bool) {
	first := p.Segments[0]
	name := strings.ToLower(first.Name)
	own, foreign := rootsOf[c.known.Kind], foreignRoots[c.known.Kind]
	if e := own[name]; e != nil {
		return e, true
	}
	switch bare, custom := strings.CutPrefix(name, "@"); {
	case foreign[name] != "":
		c.faultf(first.Span, "root-foreign", nil, "%s", foreign[name])
	case custom && own[bare] != nil && len(p.Segments) > 1:
		at := Span{first.Span.Start, p.Segments[1].Span.End}
		meant := bare + ".@" + strings.TrimPrefix(p.Segments[1].Name, "@")
		c.faultf(at, "property-bare", replace(at, meant, "Write "+meant), "The @ stands before the custom property: %s.", brief(meant))
	case custom && bare != "":
		c.faultf(first.Span, "property-bare", insert(first.Span.Start, "resource.", "Write resource."+first.Name),
			"A custom property needs what it belongs to: write resource.%s.", brief(first.Name))
	case custom: // told by the lexer
	default:
		c.strange(p, quoted)
	}
	return nil, false
}

// ofEntity checks segment i of a path, a name that must have values at the thing.
func (c *checker) ofEntity(p *Path, i int, of *entity) bool {
	s := p.Segments[i]
	switch {
	case strings.HasPrefix(s.Name, "@"):
		return c.custom(of, s)
	case !isName(s.Name): // told by the lexer or the parser
		return false
	}
	if _, ok := of.value(s.Name); ok {
		return true
	}
	if holds(of.hidden, s.Name) {
		c.warnf(s.Span, "property-hidden", nil, "The console does not know the %s of users, so it is always missing here.", s.Name)
		return true
	}
	reason := closed[strings.ToLower(s.Name)]
	near, ok := nearest(s.Name, of.names())
	switch {
	case of == app && reason != "":
		c.faultf(s.Span, "property-closed", withoutApp(p, i), "%s", reason)
	case ok:
		c.faultf(s.Span, "property-unknown", replace(s.Span, near, "Write "+near), "The %s has no property %s. Is %s meant?%s", of.word, s.Name, near, foreignLetters(s.Name))
	case of.custom && i+1 == len(p.Segments) && (of == owner || len(c.known.CustomProperties) == 0 || holds(c.known.CustomProperties, s.Name)):
		c.faultf(s.Span, "property-unknown", insert(s.Span.Start, "@", "Write @"+s.Name), "The %s has no property %s; it has %s. Is the custom property @%s meant?",
			of.word, brief(s.Name), listing(of), brief(s.Name))
	default:
		c.faultf(s.Span, "property-unknown", nil, "The %s has no property %s; it has %s.", of.word, brief(s.Name), listing(of))
	}
	return false
}

// withoutApp leaves out the app of resource.app.name: resource is the app.
func withoutApp(p *Path, i int) *Fix {
	if !strings.EqualFold(p.Segments[i].Name, "app") || i+1 == len(p.Segments) {
		return nil
	}
	return replace(Span{p.Segments[i].Span.Start, p.Segments[i+1].Span.Start}, "", "Leave .app out")
}

func listing(of *entity) string {
	text := strings.Join(of.names(), ", ")
	if of.custom {
		text += " and custom properties (@Name)"
	}
	return text
}

func (c *checker) custom(of *entity, s Segment) bool {
	name := s.Name[1:]
	switch {
	case !of.custom:
		c.faultf(s.Span, "property-unknown", nil, "The %s has no custom properties; it has %s.", of.word, listing(of))
		return false
	case name == "": // told by the lexer
		return false
	case of == owner:
		c.warnf(s.Span, "custom-owner", nil, "The console does not know the custom properties of users, so %s of an owner is always missing.", s.Name)
		return true
	case len(c.known.CustomProperties) == 0 || holds(c.known.CustomProperties, name):
		return true
	}
	near, ok := nearest(name, c.known.CustomProperties)
	if ok {
		c.warnf(s.Span, "custom-unknown", replace(s.Span, "@"+near, "Write @"+near), "The site has no custom property %s. Is @%s meant?", s.Name, near)
		return true
	}
	c.warnf(s.Span, "custom-unknown", nil, "The site has no custom property %s, so it is missing at every app.", brief(s.Name))
	return true
}

func holds(names []string, name string) bool {
	for _, n := range names {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}
