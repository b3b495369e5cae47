package deployment

import (
	"regexp"
	"slices"
	"strings"
)

// The placeholders of the two patterns.
var (
	SpacePlaceholders = []string{"stream", "property"}
	NamePlaceholders  = []string{"name", "stream", "property", "owner", "id"}
)

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// Fill puts values in the place of {placeholders}. What a value contains is never filled again.
func Fill(pattern string, values map[string]string) string {
	return strings.TrimSpace(placeholder.ReplaceAllStringFunc(pattern, func(found string) string {
		return values[found[1:len(found)-1]]
	}))
}

// uses says whether a pattern has a placeholder.
func uses(pattern, name string) bool { return strings.Contains(pattern, "{"+name+"}") }

// checkPattern says in a sentence what is wrong with a pattern, empty when nothing is.
func checkPattern(pattern string, known []string) string {
	for _, found := range placeholder.FindAllString(pattern, -1) {
		if !slices.Contains(known, found[1:len(found)-1]) {
			return "There is no placeholder " + found + ". There are " + braced(known) + "."
		}
	}
	if strings.ContainsAny(placeholder.ReplaceAllString(pattern, ""), "{}") {
		return "Close each brace, as in " + braced(known[:1]) + "; a brace cannot stand for itself."
	}
	return ""
}

func braced(names []string) string { return "{" + strings.Join(names, "}, {") + "}" }

// forbiddenInSpaces may not stand in the name of a space, and maxSpaceName bounds it in characters (qlik-cloud-api.md
// section 5).
const (
	forbiddenInSpaces = `"*?<>/|\:`
	maxSpaceName      = 256
)

// SpaceName makes a text fit for the name of a space: what may not stand there becomes a hyphen, and the end is cut.
func SpaceName(text string) string {
	runes := []rune(strings.Map(func(r rune) rune {
		if strings.ContainsRune(forbiddenInSpaces, r) {
			return '-'
		}
		return r
	}, text))
	return strings.TrimSpace(string(runes[:min(len(runes), maxSpaceName)]))
}

// Check looks for faults of the landing, and gives a message for each field that has one, by the form's field names.
func (l Landing) Check() map[string]string {
	faults := map[string]string{}
	required(faults, "space", l.Space, "Enter the managed space that apps land in, or a pattern such as {stream}.")
	if wrong := l.wrongSpace(); wrong != "" && faults["space"] == "" {
		faults["space"] = wrong
	}
	if wrong := l.wrongName(); wrong != "" {
		faults["appname"] = wrong
	}
	l.checkRules(faults)
	return faults
}

func (l Landing) checkRules(faults map[string]string) {
	tooLong(faults, "appname", l.AppName, maxName)
	switch l.By {
	case ByOne, ByStream:
	case ByProperty:
		required(faults, "landproperty", l.Property, "Choose the custom property whose value names the space.")
	default:
		faults["landby"] = "Choose one space for all apps, by stream, or by custom property."
	}
	switch l.Owner {
	case OwnerService, OwnerSame:
	case OwnerFixed:
		required(faults, "owneruser", l.OwnerUser, "Enter the e-mail or the id of the user who owns the apps in the tenant.")
	default:
		faults["owner"] = "Choose the service, the same e-mail or a fixed user."
	}
}

// wrongSpace: the pattern must tell the spaces apart by what the rule goes by, and by nothing else.
func (l Landing) wrongSpace() string {
	if wrong := checkPattern(l.Space, SpacePlaceholders); wrong != "" {
		return wrong
	}
	for name, by := range map[string]LandBy{"stream": ByStream, "property": ByProperty} {
		switch {
		case l.By == by && !uses(l.Space, name):
			return "Put {" + name + "} into the name of the space, or choose one space for all apps."
		case l.By != by && uses(l.Space, name):
			return "{" + name + "} stands for something only when the space is chosen by " + spelled(by) + "."
		}
	}
	if strings.ContainsAny(placeholder.ReplaceAllString(l.Space, ""), forbiddenInSpaces) {
		return "A space may not have any of these in its name: \" * ? < > / | \\ :"
	}
	if strings.EqualFold(strings.TrimSpace(l.Space), TransitSpace) {
		return TransitSpace + " is the shared space for apps on their way. Choose another name."
	}
	return ""
}

func spelled(by LandBy) string {
	if by == ByProperty {
		return "custom property"
	}
	return string(by)
}

// wrongName: without the app's name or id all apps would have one name.
func (l Landing) wrongName() string {
	if l.AppName == "" {
		return ""
	}
	if wrong := checkPattern(l.AppName, NamePlaceholders); wrong != "" {
		return wrong
	}
	if !uses(l.AppName, "name") && !uses(l.AppName, "id") {
		return "Put {name} or {id} into the pattern, so that no two apps have the same name."
	}
	if uses(l.AppName, "property") && l.By != ByProperty {
		return "{property} stands for something only when the space is chosen by custom property."
	}
	return ""
}
