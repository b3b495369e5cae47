package policies

import (
	"strconv"
	"strings"

	"github.com/skyferry/skyferry/web/ui"
)

// goes says how many apps go where: "12 apps go to eu, 3 to us."
func (r result) goes() string {
	var parts []string
	for _, l := range r.Lines {
		switch {
		case l.Alone == 0:
		case len(parts) == 0:
			parts = append(parts, ui.Plural(l.Alone, "app goes", "apps go")+" to "+l.Deployment.Name)
		default:
			parts = append(parts, ui.Number(l.Alone)+" to "+l.Deployment.Name)
		}
	}
	switch {
	case len(parts) == 0:
		return "No published app goes anywhere by it now."
	case r.Disabled:
		return "It is disabled; when it is enabled, " + strings.Join(parts, ", ") + "."
	default:
		return strings.Join(parts, ", ") + "."
	}
}

// stays says what is no longer refreshed: "12 apps are no longer refreshed in eu, 3 in us."
func (r result) stays() string {
	var parts []string
	for _, l := range r.Lines {
		switch {
		case l.Gone == 0:
		case len(parts) == 0:
			parts = append(parts, ui.Plural(l.Gone, "app is", "apps are")+" no longer refreshed in "+l.Deployment.Name)
		default:
			parts = append(parts, ui.Number(l.Gone)+" in "+l.Deployment.Name)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, ", ") + "."
}

// total adds up what changes.
func (r result) total() (newly, gone int) {
	for _, l := range r.Lines {
		newly, gone = newly+l.New, gone+l.Gone
	}
	return newly, gone
}

// changes are the deployments for which Apply changes anything; none while Apply would refuse the policy.
func (r result) changes() (lines []line) {
	for _, l := range r.Lines {
		if r.Fault == "" && l.New+l.Gone > 0 {
			lines = append(lines, l)
		}
	}
	return lines
}

// imports says what Apply takes of the day's imports: "12 imports of 5 left today: the rest goes from tomorrow on". An app
// that was left in the tenant with the same data needs none, so there may be fewer.
func (l line) imports() string {
	switch words := ui.Plural(l.New, "import", "imports") + " of " + ui.Number(l.Left) + " left today"; {
	case l.Left < 0:
		return ""
	case l.Left == 0:
		return words + ": they go from tomorrow on"
	case l.New > l.Left:
		return words + ": the rest goes from tomorrow on"
	default:
		return words
	}
}

// held says that what is new waits until somebody has looked, where it does: "more than 25 at once: held for review".
func (l line) held() string {
	if !(Change{l.Deployment, l.New}).Held() {
		return ""
	}
	return "more than " + strconv.Itoa(*l.Deployment.HoldAbove) + " at once: held for review"
}

// review says for which deployments what is new waits: "1,006 new apps to eu wait for your review."
func (r result) review() string {
	var parts []string
	for _, l := range r.changes() {
		if l.held() != "" {
			parts = append(parts, ui.Plural(l.New, "new app to "+l.Deployment.Name+" waits", "new apps to "+l.Deployment.Name+" wait")+" for your review.")
		}
	}
	return strings.Join(parts, " ")
}

// change says what Apply changes for an app: "newly to eu, us", "copy stays in us", "to eu".
func (a sampled) change() (icon ui.IconName, class, words string) {
	switch {
	case len(a.Newly) > 0:
		return ui.IconUpload, "newly", "newly to " + strings.Join(a.Newly, ", ")
	case len(a.Gone) > 0:
		return ui.IconArchive, "stays", "copy stays in " + strings.Join(a.Gone, ", ")
	default:
		return ui.IconArrow, "same", "to " + strings.Join(a.To, ", ")
	}
}

// apply is the label of the button: Apply, and what it does at once: "Apply: 12 apps newly to eu, 3 to us".
func (r result) apply(guard bool) string {
	const most = 2
	var parts []string
	more := 0
	for _, l := range r.changes() {
		n, verb := l.New, " newly to "
		if guard && l.Gone > 0 {
			n, verb = l.Gone, " kept from "
		}
		switch {
		case n == 0:
		case len(parts) == most:
			more++
		case len(parts) == 0:
			parts = append(parts, ui.Plural(n, "app", "apps")+verb+l.Deployment.Name)
		default:
			parts = append(parts, ui.Number(n)+strings.TrimPrefix(verb, " newly")+l.Deployment.Name)
		}
	}
	switch {
	case len(parts) == 0:
		return "Apply"
	case more > 0:
		return "Apply: " + strings.Join(parts, ", ") + " and " + ui.Plural(more, "more", "more")
	default:
		return "Apply: " + strings.Join(parts, ", ")
	}
}

func (r result) faultWords(guard bool) string {
	if guard {
		return "This guard cannot be read, so it would forbid everything: " + r.Fault
	}
	return "This rule sends nothing: " + r.Fault
}
