package site

import (
	"net/http"
	"strings"

	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/web/respond"
)

// need is a call that the console makes and the right that it takes there. What nobody has published is called unknown
// (qlik-repository-api.md).
type need struct {
	Call  string
	For   string
	Right string
	Known string // how certain that is
	Acts  bool   // only while Acting is on
}

// How certain a right is.
const (
	documented = "documented"
	seen       = "seen"
	unknown    = "unknown"
)

var needs = []need{
	{"GET /qrs/about", "the version of the site", "none that is known", unknown, false},
	{"GET /qrs/app/full, /count and /{id}", "apps, and what changed of them", "Read on App. What the user may not read is left out of lists without a word", unknown, false},
	{"GET /qrs/stream/full", "streams", "Read on Stream", unknown, false},
	{"GET /qrs/user/full", "owners of apps and streams", "Read on User", unknown, false},
	{"GET /qrs/custompropertydefinition/full", "custom properties and their values", "Read on the custom property", unknown, false},
	{"GET /qrs/systemrule/full", "Moving in: the rules that distribute, and whether the native feature is on", "Read on SystemRule", unknown, false},
	{"GET /qrs/executionresult", "whether a reload of the app runs", "Read on ExecutionResult. Without it exports do not wait for reloads", unknown, false},
	{"POST and DELETE /qrs/app/{id}/export/{token}", "the file of an app", "Export on App: without it the answer is 403", seen, false},
	{"the same, with data", "the file with its data", "whether Export data is needed beside Export", unknown, false},
	{"GET the path that the export answers", "the download, once", "none of its own: only the user who exported may load it", documented, false},
	{"POST and DELETE /qrs/notification", "callbacks", "which right it takes. Without it the site is looked at from time to time", unknown, false},
	{"PUT /qrs/app/{id}/publish", "Publish, from Apps", "Publish on App, and on the stream", unknown, true},
	{"PUT /qrs/app/{id}", "Move, and values of custom properties, from Apps", "Update on App; for another stream also Publish", unknown, true},
}

// rule is the security rule to create in the QMC.
type rule struct {
	Name, Filter, Actions, Conditions, Context string
}

// who is whom the rule is for.
func who(c site.Connection) (directory, id string) {
	directory, id = c.UserDirectory, c.UserID
	if directory == "" || id == "" {
		directory, id, _ = strings.Cut(site.DefaultUser, `\`)
	}
	return directory, id
}

func ruleFor(c site.Connection) rule {
	directory, id := who(c)
	r := rule{
		Name: "Skyferry: read and export", Context: "Both in hub and QMC", Actions: "Read, Export, Export data",
		Filter:     "App_*, Stream_*, User_*, CustomProperty*, SystemRule_*, ExecutionResult_*",
		Conditions: `((user.userDirectory="` + quoted(directory) + `" and user.userId="` + quoted(id) + `"))`,
	}
	if c.Acting {
		r.Name, r.Actions = "Skyferry: read, export and act", r.Actions+", Update, Publish"
	}
	return r
}

// quoted keeps a name within its quotes: the rule language has no escape that is documented, so quotes go.
func quoted(name string) string { return strings.ReplaceAll(name, `"`, "") }

// rights shows what the console needs on the site.
func (s *Screen) rights(w http.ResponseWriter, r *http.Request) {
	c, err := s.Store.SiteConnection(r.Context())
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, rightsPage(c))
}

func lower(label string) string { return strings.ToLower(label) }
