package policy

import (
	"regexp"
	"strings"

	"github.com/skyferry/skyferry/internal/fault"
)

// maxFilter bounds a resource filter, in bytes: room for some 1,600 apps by id.
const maxFilter = 64 << 10

// Filter is a parsed resource filter.
type Filter struct {
	all bool
	ids map[string]bool // lower case
}

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// ParseFilter reads a resource filter: App_*, App_ and an id, App* and * (both reach apps, too), and lists of these,
// ignoring case (rule-language.md section 2). The error is a fault.Invalid: types that a distribution policy cannot have
// are refused.
func ParseFilter(text string) (Filter, error) {
	f := Filter{ids: map[string]bool{}}
	if len(text) > maxFilter {
		return Filter{}, fault.New(fault.Invalid, "The resource filter is too long; at most %d bytes are allowed.", maxFilter)
	}
	if strings.TrimSpace(text) == "" {
		return Filter{}, fault.New(fault.Invalid, "Enter a resource filter, such as App_* for all apps.")
	}
	for item := range strings.SplitSeq(text, ",") {
		if err := f.add(strings.TrimSpace(item)); err != nil {
			return Filter{}, err
		}
	}
	return f, nil
}

// add takes one item of the list.
func (f *Filter) add(item string) error {
	kind, id, single := strings.Cut(item, "_")
	prefix, open := strings.CutSuffix(item, "*")
	switch {
	case item == "":
		return fault.New(fault.Invalid, "The resource filter has an empty item; remove the comma.")
	case !single && open && isPrefix(prefix):
		f.all = true
	case !single || !strings.EqualFold(kind, "App"):
		return notApps(item)
	case id == "*":
		f.all = true
	case uuid.MatchString(id):
		f.ids[strings.ToLower(id)] = true
	default:
		return fault.New(fault.Invalid, "%q names no app: after App_ comes * or the app's id.", short(item))
	}
	return nil
}

// isPrefix says whether the type App begins so, as in A*, App* and *.
func isPrefix(prefix string) bool {
	const app = "app"
	return strings.HasPrefix(app, strings.ToLower(prefix))
}

// notApps refuses an item that reaches no app.
func notApps(item string) error {
	switch kind, _, _ := strings.Cut(strings.ToLower(strings.TrimSuffix(item, "*")), "_"); {
	case kind == "app":
		return fault.New(fault.Invalid, "%q alone reaches no app; write App_* for all apps.", short(item))
	case strings.HasPrefix(kind, "app."):
		return fault.New(fault.Invalid, "%q cannot be distributed by itself: sheets and other contents travel inside their app. Write App_*.", short(item))
	default:
		return fault.New(fault.Invalid, "%q cannot be distributed: a distribution policy is about apps only. Write App_*.", short(item))
	}
}

// short bounds what a message repeats.
func short(text string) string {
	const most = 60
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

// MatchesApp says whether the filter reaches the app with this id.
func (f Filter) MatchesApp(id string) bool { return f.all || f.ids[strings.ToLower(id)] }
