package tenant

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"

	"github.com/skyferry/skyferry/internal/fault"
)

// ReasonHeader says why a call was refused whose body is empty by contract. It is the sandbox's own.
const ReasonHeader = "X-Sandbox-Reason"

// codedError gives an error one of the few codes that are known from real tenants (qlik-cloud-api.md section 0.2).
type codedError struct {
	code, title string
	error
}

func (e codedError) Unwrap() error { return e.error }

// coded makes an error with a status, a code and a title.
func coded(status int, code, title, format string, args ...any) error {
	return codedError{code, title, statusError{status, fault.New(fault.Invalid, format, args...)}}
}

// problem is what an error body says.
type problem struct {
	status              int
	code, title, detail string // code and title have a default
}

// writeProblem answers in the form of the service that was called. Qlik's services differ in it (section 0.2).
func writeProblem(w http.ResponseWriter, r *http.Request, p problem) {
	text := strconv.Itoa(p.status)
	p.code, p.title = cmp.Or(p.code, "HTTP-"+text), cmp.Or(p.title, http.StatusText(p.status))
	if emptyByContract(r, p.status) {
		w.Header().Set(ReasonHeader, strings.Map(printable, p.detail))
		w.WriteHeader(p.status)
		return
	}
	service := serviceOf(r.URL.Path)
	if p.status == http.StatusUnauthorized { // said at the door, not by a service
		service = ""
	}
	writeJSON(w, p.status, p.body(service, traceOf(r)))
}

func printable(r rune) rune {
	if isControl(r) {
		return ' '
	}
	return r
}

// serviceOf gives the first word of the path behind /api/v1.
func serviceOf(path string) string {
	rest, found := strings.CutPrefix(path, "/api/v1/")
	if !found {
		return ""
	}
	service, _, _ := strings.Cut(rest, "/")
	return service
}

// emptyByContract reports the refusals of the apps service that have no body.
func emptyByContract(r *http.Request, status int) bool {
	path, found := strings.CutPrefix(r.URL.Path, "/api/v1/apps/")
	if !found || status == http.StatusUnauthorized {
		return false
	}
	switch {
	case path == "import":
		return status == http.StatusNotFound
	case strings.HasSuffix(path, "/export"):
		return status < http.StatusInternalServerError
	case strings.HasSuffix(path, "/owner"), strings.Contains(path, "/media/"):
		return status == http.StatusForbidden || status == http.StatusNotFound
	}
	return false
}

// body gives the JSON body in the form of a service.
func (p problem) body(service, trace string) map[string]any {
	one := map[string]any{"code": p.code, "title": p.title, "detail": p.detail}
	body := map[string]any{"errors": []any{one}}
	switch service {
	case "quotas":
		delete(one, "detail")
	case "reloads":
	case "items", "collections":
		one["meta"] = map[string]any{"explain": p.detail, "fault": p.status >= http.StatusInternalServerError, "temporary": false, "timeout": false}
	case "identity-providers", "api-keys":
		one["status"] = p.status
	case "webhooks", "audits":
		body["traceId"] = trace
	case "users", "groups", "roles":
		one["status"], body["traceId"] = p.status, trace
	case "licenses":
		body["error"], body["message"] = p.code, p.detail
	case "spaces":
		body["code"], body["title"], body["detail"], body["traceId"] = p.code, p.title, p.detail, trace
	case "temp-contents":
		one["meta"] = map[string]any{"errorType": p.title, "locale": "en", "sourceErrors": ""}
		body["traceId"] = trace
	default:
		one["status"], body["traceId"] = strconv.Itoa(p.status), trace
	}
	return body
}
