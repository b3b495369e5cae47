package adopt

import (
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/web/ui"
)

// of gives the choices of one kind.
func (q question) of(mark bool) (list []decided) {
	for _, g := range q.good {
		if g.Mark == mark {
			list = append(list, g)
		}
	}
	return list
}

func (q question) links() int { return len(q.of(false)) }

func (q question) marks() int { return len(q.of(true)) }

// act names what is confirmed, fit for a title and a button.
func (q question) act() string {
	links, marks := "Link "+ui.Plural(q.links(), "app", "apps"), ui.Plural(q.marks(), "app", "apps")
	switch {
	case q.links() == 0:
		return "Leave and mark " + marks
	case q.marks() == 0:
		return links
	}
	return links + ", leave and mark " + marks
}

func (q question) title() string {
	if len(q.good) == 0 {
		return "Nothing to link in " + q.deployment.Name
	}
	return q.act() + " in " + q.deployment.Name + "?"
}

// natives counts the links to copies of which nobody knows whether they can be refreshed.
func (q question) natives() (n int) {
	for _, g := range q.of(false) {
		if g.copy.Native {
			n++
		}
	}
	return n
}

func (q question) typesName() bool { return q.deployment.Kind == deployment.Production }

func (q question) field() ui.Field {
	return ui.Field{Name: "confirm", Label: "Name of the deployment", Error: q.fault, Help: "It is a Production deployment: type " + q.deployment.Name + " to confirm.", Attrs: ui.Attributes{"autocomplete": "off"}}
}

func (q question) faults() []ui.FieldError {
	var list []ui.FieldError
	for _, b := range q.bad[:min(len(q.bad), shownChoices)] {
		list = append(list, ui.FieldError{Message: b.What + ": " + b.Why})
	}
	if more := len(q.bad) - len(list); more > 0 {
		list = append(list, ui.FieldError{Message: "and " + ui.Number(more) + " more."})
	}
	return append(list, ui.ErrorsOf(q.field())...)
}

// summary stands above what cannot be done.
func (q question) summary() string {
	text := q.refused
	if len(q.bad) > 0 {
		if text != "" {
			text += " "
		}
		text += ui.Plural(len(q.bad), "choice", "choices") + " cannot be done."
		if len(q.good) > 0 {
			text += " Confirm to do the others."
		}
	}
	return text
}

func (q question) done() string {
	switch {
	case q.links() == 0:
		return ui.Plural(q.marks(), "app is", "apps are") + " left as it is in the tenant, and marked."
	case q.marks() == 0:
		return ui.Plural(q.links(), "app is", "apps are") + " linked. The next publish goes into the tenant’s app."
	}
	return ui.Plural(q.links(), "app is", "apps are") + " linked, " + ui.Plural(q.marks(), "app is", "apps are") + " left and marked."
}
