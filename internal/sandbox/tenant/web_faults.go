package tenant

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/faults"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/pages"
)

const faultsPath = "/faults"

func (s *Server) faultPages(r chi.Router) {
	r.Get("/", s.page(func(w http.ResponseWriter, r *http.Request) error { return s.showFaults(w, r, http.StatusOK, nil) }))
	r.Get("/new", s.page(s.askFault))
	r.Post("/new", s.page(s.startFault))
	r.Post("/stop", s.page(s.stopFaults))
	r.Post("/{id}/stop", s.page(s.stopFault))
}

func (s *Server) showFaults(w http.ResponseWriter, r *http.Request, status int, window templ.Component) error {
	started, kinds := faultRows(s.faults.All()), faults.Kinds()
	rows := make([]pages.FaultKind, len(kinds))
	for i, k := range kinds {
		rows[i] = pages.FaultKind{Kind: string(k.Kind), Label: k.Label, Does: k.Does, Endpoint: k.Endpoint}
	}
	frame := s.frame(r, "Faults", "Rehearse what a real tenant and the way to it may do. Pages, health and the faults themselves are never touched.", faultsPath)
	return s.render(w, r, status, pages.Faults(frame, started, rows, window))
}

func faultRows(all []faults.Shown) []pages.Fault {
	rows := make([]pages.Fault, len(all))
	for i, f := range all {
		kind, _ := faults.Describe(f.Kind)
		rows[len(all)-1-i] = pages.Fault{ID: f.ID, Label: kind.Label, Endpoint: f.Endpoint, Details: faultDetails(f.Fault, kind),
			Active: f.Active, Left: faultLeft(f), Hits: f.Hits, Waiting: f.Waiting, Started: f.Started}
	}
	return rows
}

// faultDetails tells what the fault was given.
func faultDetails(f faults.Fault, k faults.Description) string {
	var parts []string
	note := func(label string, value any) {
		if label != "" {
			parts = append(parts, fmt.Sprintf("%s: %v", label, value))
		}
	}
	note(k.Seconds.Label, f.Wait)
	note(k.Status.Label, f.Status)
	note(k.Bytes.Label, f.Bytes)
	note(k.Text.Label, f.Text)
	if k.Sides {
		note("Side", f.Side)
	}
	return strings.Join(parts, " · ")
}

// faultLeft tells what remains of an active fault.
func faultLeft(f faults.Shown) string {
	var parts []string
	if f.Active && f.Calls > 0 {
		parts = append(parts, fmt.Sprintf("calls: %d of %d", f.CallsLeft, f.Calls))
	}
	if f.Active && f.For > 0 {
		left := time.Duration(f.SecondsLeft * float64(time.Second)).Round(time.Second)
		parts = append(parts, left.String())
	}
	return strings.Join(parts, " · ")
}

// askFault shows the form of one kind with its usual values.
func (s *Server) askFault(w http.ResponseWriter, r *http.Request) error {
	kind, err := kindOf(r.URL.Query().Get("kind"))
	if err != nil {
		return err
	}
	return showForm(w, r, s.showFaults, faultForm(kind, url.Values{
		"endpoint": {kind.Endpoint}, "calls": {"1"}, "seconds": {number(kind.Seconds.Default)}, "status": {number(kind.Status.Default)},
		"bytes": {number(kind.Bytes.Default)}, "text": {kind.Text.Default}, "side": {string(faults.Request)},
	}))
}

func number(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

func kindOf(name string) (faults.Description, error) {
	kind, known := faults.Describe(faults.Kind(name))
	if !known {
		return kind, fault.New(fault.NotFound, "There is no kind of fault %q.", name)
	}
	return kind, nil
}

// faultForm has the fields that a kind takes; their names are those of the JSON.
func faultForm(k faults.Description, values url.Values) pages.Form {
	form := pages.Form{Title: "Start fault: " + k.Label, Help: k.Does, Cancel: faultsPath, Button: "Start",
		Action: faultsPath + "/new?kind=" + string(k.Kind)}
	add := func(name, label, help string) {
		if label != "" {
			form.Fields = append(form.Fields, pages.Field{Name: name, Label: label, Help: help, Value: values.Get(name)})
		}
	}
	if !k.Fixed {
		add("endpoint", "Endpoint", "A name of the list, or method and path, such as PUT /api/v1/apps/*/publish.")
		form.Fields[0].Kind, form.Fields[0].Options = pages.Suggest, faults.EndpointNames()
	}
	if k.Sides {
		form.Fields = append(form.Fields, pages.Field{Name: "side", Label: "Side", Kind: pages.Select, Value: values.Get("side"),
			Options: []string{string(faults.Request), string(faults.Answer)}})
	}
	add("seconds", k.Seconds.Label, "")
	add("status", k.Status.Label, "")
	add("bytes", k.Bytes.Label, "")
	add("text", k.Text.Label, "")
	add("calls", "For how many calls", "Empty: not bounded by calls.")
	add("forSeconds", "For how many seconds", "Empty: not bounded by time. What comes first ends the fault.")
	form.Fields[0].First = true
	return form
}

func (s *Server) startFault(w http.ResponseWriter, r *http.Request) error {
	kind, err := kindOf(r.URL.Query().Get("kind"))
	if err != nil {
		return err
	}
	f, err := readFault(kind.Kind, r.PostForm)
	if err == nil {
		_, err = s.faults.Add(f)
	}
	if err != nil {
		return refuseForm(w, r, s.showFaults, faultForm(kind, r.PostForm), err)
	}
	return s.done(w, r, faultsPath, pages.Notice{Text: kind.Label + " started."})
}

// readFault reads the form; an empty field is 0.
func readFault(kind faults.Kind, form url.Values) (faults.Fault, error) {
	wrong, numbers := map[string]string{}, map[string]float64{}
	for _, name := range []string{"calls", "forSeconds", "seconds", "status", "bytes"} {
		text := strings.TrimSpace(form.Get(name))
		if text == "" {
			continue
		}
		n, err := strconv.ParseFloat(text, 64)
		whole := name == "seconds" || name == "forSeconds" || n == float64(int64(n))
		if err != nil || !whole {
			wrong[name] = "Enter a number."
		}
		numbers[name] = n
	}
	f := faults.Fault{Kind: kind, Endpoint: strings.TrimSpace(form.Get("endpoint")), Side: faults.Side(form.Get("side")),
		Text: strings.TrimSpace(form.Get("text")), Calls: int(numbers["calls"]), For: faults.Seconds(numbers["forSeconds"]),
		Wait: faults.Seconds(numbers["seconds"]), Status: int(numbers["status"]), Bytes: int64(numbers["bytes"])}
	return f, fault.InFields(wrong)
}

func (s *Server) stopFault(w http.ResponseWriter, r *http.Request) error {
	if err := s.faults.Stop(chi.URLParam(r, "id")); err != nil {
		return err
	}
	return s.done(w, r, faultsPath, pages.Notice{Text: "Done."})
}

func (s *Server) stopFaults(w http.ResponseWriter, r *http.Request) error {
	s.faults.StopAll()
	return s.done(w, r, faultsPath, pages.Notice{Text: "All faults are stopped. The tenant is healthy."})
}
