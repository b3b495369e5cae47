package rule

import (
	"slices"
	"strings"
)

// Kind is a kind of rule: it says which roots and functions a condition may have (rule-language.md section 1).
type Kind string

// The kinds of rules.
const (
	Distribution Kind = ""         // subject (the deployment) and resource (the app): what Skyferry decides by
	Security     Kind = "security" // user and resource
	Sync         Kind = "sync"     // node and resource: load balancing
)

// Vocabulary is what the checker may know: the kind of rule, and the site. An empty list means not known, and is not checked.
type Vocabulary struct {
	Kind             Kind
	CustomProperties []string            // names without @
	Choices          map[string][]string // the values of a custom property that has a list of them, by its name in lower case
	Deployments      []string            // names
	Streams          []string            // names
	// Lacking counts the published apps that have no value at a lower-case path, and all published apps. Nil: not known.
	Lacking func(path string) (lacking, all int)
}

// entity is a thing that a path can reach, with the properties that a rule may read of it
// (rule-language.md section 3).
type entity struct {
	word   string // what it is, for sentences
	values []string
	refs   map[string]*entity // by lower-case name
	custom bool               // has custom properties
	open   bool               // has any property that somebody asks for: the site's own rules are only read
	hidden []string           // values that exist at Qlik, and that the console does not know
}

var (
	deployment = &entity{word: "deployment", values: []string{"name"}}
	owner      = &entity{word: "owner", values: []string{"id", "name", "userId", "userDirectory", "email"}, custom: true, hidden: []string{"group", "roles"}}
	stream     = &entity{word: "stream", values: []string{"id", "name"}, refs: map[string]*entity{"owner": owner}, custom: true}
	app        = &entity{
		word: "app", values: []string{"id", "name", "resourcetype"}, custom: true,
		refs: map[string]*entity{"owner": owner, "stream": stream},
	}
)

// anything is a thing of a site's own rules: its properties differ with what the rule is about.
var anything = &entity{word: "thing", custom: true, open: true}

// roots are what the paths of a distribution policy begin with: the app, and the deployment that may get it.
var roots = map[string]*entity{"resource": app, "subject": deployment}

// rootsOf are the roots of each kind of rule.
var rootsOf = map[Kind]map[string]*entity{
	Distribution: roots,
	Security:     {"resource": anything, "user": anything},
	Sync:         {"resource": anything, "node": anything},
}

// foreignRoots are roots of other kinds of rules, with the reason why this kind cannot have them.
var foreignRoots = map[Kind]map[string]string{
	Distribution: {
		"user": "A distribution policy has no user: it is about apps (resource) and deployments (subject).",
		"node": "node belongs to load balancing rules; a distribution policy is about apps (resource) and deployments (subject).",
	},
	Security: {
		"subject": "subject belongs to distribution policies; a security rule is about users (user) and resources (resource).",
		"node":    "node belongs to load balancing rules; a security rule is about users (user) and resources (resource).",
	},
	Sync: {
		"subject": "subject belongs to distribution policies; a load balancing rule is about nodes (node) and resources (resource).",
		"user":    "A load balancing rule has no user: it is about nodes (node) and resources (resource).",
	},
}

// closed are app properties that exist and that rules cannot read, with the reason.
var closed = map[string]string{
	"published":      "Only published apps are ever distributed, so published needs no condition.",
	"app":            "resource is the app itself; leave .app out.",
	"description":    notAccessible,
	"publishtime":    notAccessible,
	"tags":           notAccessible,
	"filesize":       notAccessible,
	"lastreloadtime": notAccessible,
}

const notAccessible = "Rules cannot read this property of an app; they read id, name, owner, stream and custom properties."

// value gives the canonical spelling of a property that has values.
func (e *entity) value(name string) (string, bool) {
	i := slices.IndexFunc(e.values, func(v string) bool { return strings.EqualFold(v, name) })
	if i < 0 {
		return "", false
	}
	return e.values[i], true
}

// names are all properties without the custom ones.
func (e *entity) names() []string {
	names := slices.Clone(e.values)
	for name := range e.refs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// nearest gives the name that was probably meant: at most two typing errors away, and at most half of the word.
func nearest(word string, names []string) (string, bool) {
	best, least := "", min(2, len(word)/2)+1
	if len(word) > 64 {
		return "", false
	}
	for _, name := range names {
		if d := distance(strings.ToLower(word), strings.ToLower(name)); d < least {
			best, least = name, d
		}
	}
	return best, best != ""
}

// distance counts the letters to insert, delete or change between two words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
