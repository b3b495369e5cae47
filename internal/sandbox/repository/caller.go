package repository

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

// caller is who calls, and what the roles of that user allow. A user whom the site does not know reads published apps, one who is
// inactive or blocked nothing.
type caller struct {
	user                    state.User
	acts, readsAll, exports bool
	blind                   bool // sees nothing at all: inactive, blocked, or by a fault
}

// What roles allow is the sandbox's: a real site has security rules.
var (
	actingRoles    = []string{"RootAdmin", "ContentAdmin"}
	exportingRoles = append([]string{"Exporter"}, actingRoles...)
	readingRoles   = append([]string{"AuditAdmin"}, exportingRoles...)
)

func callerFor(user state.User) caller {
	if user.Inactive || user.Blacklisted {
		return caller{user: user, blind: true}
	}
	has := func(roles []string) bool {
		return slices.ContainsFunc(user.Roles, func(role string) bool { return slices.Contains(roles, role) })
	}
	return caller{user: user, acts: has(actingRoles), exports: has(exportingRoles), readsAll: has(readingRoles)}
}

func (c caller) owns(owner state.UserRef) bool {
	return !c.blind && c.user.ID != "" && owner.ID == c.user.ID
}

func (c caller) reads(a state.App) bool {
	return !c.blind && (c.readsAll || a.Published || c.owns(a.Owner))
}

func (c caller) changes(a state.App) bool { return c.acts || c.owns(a.Owner) }

func (c caller) mayExport(a state.App) bool { return c.exports || c.owns(a.Owner) }

// privileges are what the parameter privileges=true adds.
func (c caller) privileges(a state.App) []string {
	list := []string{"read"}
	if c.mayExport(a) {
		list = append(list, "export", "exportdata")
	}
	if c.changes(a) {
		list = append(list, "update", "delete", "publish", "changeowner", "duplicate")
	}
	return list
}

// privilegesOn are those on an entity of any kind.
func (c caller) privilegesOn(entity any) []string {
	if app, is := entity.(*state.Stored); is {
		return c.privileges(app.App)
	}
	if mayChange(c, entity) {
		return []string{"create", "read", "update", "delete"}
	}
	return []string{"read"}
}

var errForbidden = fault.New(fault.Forbidden, "Forbidden")

type contextKey int

const callerKey contextKey = iota

func callerOf(r *http.Request) caller {
	who, _ := r.Context().Value(callerKey).(caller)
	return who
}

// userOf finds a user by directory and id, ignoring case; one that is not known has those two and nothing else.
func (s *Server) userOf(directory, id string) (user state.User, err error) {
	user = state.User{UserDirectory: directory, UserID: id, Name: id}
	err = s.db.Read(func(tx *state.Tx) error {
		return each(tx, state.Users, func(have state.User) error {
			if strings.EqualFold(have.UserDirectory, directory) && strings.EqualFold(have.UserID, id) {
				user = have
			}
			return nil
		})
	})
	return user, err
}

// as lets a call through in the name of a user.
func (s *Server) as(directory, id string, w http.ResponseWriter, r *http.Request, next http.Handler) {
	user, err := s.userOf(directory, id)
	if err != nil {
		s.writeError(w, r, err)
		return
	}
	next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey, callerFor(user))))
}

// byCertificate takes the user from X-Qlik-User: whoever holds the client certificate may speak for anybody. How QRS refuses a
// call without that header is not known.
func (s *Server) byCertificate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		directory, id, found := readQlikUser(r.Header.Get("X-Qlik-User"))
		if !found {
			writeText(w, http.StatusForbidden, "The call has no header X-Qlik-User: UserDirectory=...; UserId=...")
			return
		}
		s.as(directory, id, w, r, next)
	})
}

// readQlikUser reads "UserDirectory=<dir>; UserId=<id>", both percent-encoded.
func readQlikUser(header string) (directory, id string, found bool) {
	for part := range strings.SplitSeq(header, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if plain, err := url.PathUnescape(value); err == nil {
			value = plain
		}
		switch strings.ToLower(name) {
		case "userdirectory":
			directory = value
		case "userid":
			id = value
		}
	}
	return directory, id, directory != "" && id != ""
}

var xrfkey = regexp.MustCompile(`^[0-9a-zA-Z]{16}$`)

// xrf compares the xrfkey of header and query. tempcontent needs none.
func xrf(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("X-Qlik-Xrfkey")
		if !xrfkey.MatchString(key) || query(r)["xrfkey"] != key {
			writeText(w, http.StatusForbidden, "XSRF prevention check failed. Possible XSRF discovered.")
			return
		}
		next.ServeHTTP(w, r)
	})
}

var secondMark = regexp.MustCompile(`(?i)\?xrfkey=`)

// query reads the parameters, by lower-case name. Clients exist that append ?xrfkey= behind a query, and a stray & in a
// filter leaves a name without value, which complete reports.
func query(r *http.Request) map[string]string {
	values := map[string]string{}
	for pair := range strings.SplitSeq(secondMark.ReplaceAllString(r.URL.RawQuery, "&xrfkey="), "&") {
		name, value, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(value); err == nil {
			value = plain
		}
		if name != "" {
			values[strings.ToLower(name)] = value
		}
	}
	return values
}

// measured refuses a POST that does not say how long its body is, as http.sys does in front of QRS (section 1.4).
func measured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.Header.Get("Content-Length") == "" && len(r.TransferEncoding) == 0 && r.ProtoMajor == 1 {
			writeText(w, http.StatusLengthRequired, "HTTP Error 411. The request must be chunked or have a content length.")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// complete refuses a query in which a parameter has no value.
func complete(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for pair := range strings.SplitSeq(r.URL.RawQuery, "&") {
			if pair != "" && !strings.Contains(pair, "=") {
				writeText(w, http.StatusBadRequest, "Missing parameter value(s)")
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}
