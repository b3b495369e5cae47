package properties

import (
	"fmt"
	"strings"

	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/web/ui"
)

// decidedAnew says that a change of what conditions read is no small thing.
const decidedAnew = "Policies decide anew about every published app."

func (f form) title() string {
	if f.isNew() {
		return "New custom property"
	}
	return f.Stored.Name
}

func (f form) action() string {
	if f.isNew() {
		return "/properties"
	}
	return path(f.Stored.ID)
}

func path(id string) string { return "/properties/" + id }

func (f form) example() string {
	if f.isNew() {
		return "Name"
	}
	return f.Stored.Name
}

// renameWarning says beforehand which policies would lose the property.
func (f form) renameWarning() string {
	if len(f.Policies) == 0 {
		return ""
	}
	return fmt.Sprintf("%s it by this name: %s. After a rename they find nothing until they are changed, too.", use(f.Policies), names(f.Policies))
}

// updated is the notice after Apply.
func (f form) updated() string {
	if len(f.Policies) > 0 && !strings.EqualFold(f.Name, f.Stored.Name) {
		return fmt.Sprintf("Successfully updated. %s the old name @%s, under which nothing is found any more: %s.", use(f.Policies), f.Stored.Name, names(f.Policies))
	}
	return "Successfully updated. " + decidedAnew
}

// consequences say what deleting does.
func (f form) consequences() []string {
	lines := []string{"No app and no stream has a value of it."}
	if f.Stored.Apps+f.Stored.Streams > 0 {
		lines[0] = fmt.Sprintf("%s and %s lose their values of it.", ui.Plural(f.Stored.Apps, "app", "apps"), ui.Plural(f.Stored.Streams, "stream", "streams"))
	}
	if len(f.Policies) == 0 {
		return append(lines, "No policy uses it.")
	}
	return append(lines,
		fmt.Sprintf("%s it: %s. They find nothing there any more.", use(f.Policies), names(f.Policies)),
		"Apps that go somewhere only because of it are no longer refreshed there. What is in a tenant stays there.")
}

// use says how many policies use something: "2 policies use".
func use(policies []policy.Policy) string {
	return ui.Plural(len(policies), "policy uses", "policies use")
}

func names(policies []policy.Policy) string {
	list := make([]string, len(policies))
	for i, p := range policies {
		list[i] = p.Name
	}
	return strings.Join(list, ", ")
}

func (r row) kinds() string {
	switch {
	case r.ForApps && r.ForStreams:
		return "Apps, streams"
	case r.ForStreams:
		return "Streams"
	default:
		return "Apps"
	}
}
