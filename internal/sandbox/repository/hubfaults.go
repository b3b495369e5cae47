package repository

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/repository/faults"
	"github.com/skyferry/skyferry/internal/sandbox/repository/pages"
)

// showFaults shows the faults; problem is why one was refused.
func (s *Server) showFaults(w http.ResponseWriter, r *http.Request, problem error) error {
	started := []pages.Fault{}
	for _, f := range s.faults.All() {
		d, _ := faults.Describe(f.Kind)
		started = append(started, pages.Fault{ID: f.ID, Label: d.Label + whom(f.Fault), Active: f.Active, Hits: f.Hits, Left: left(f)})
	}
	kinds := []pages.Kind{}
	for _, d := range faults.Kinds() {
		kinds = append(kinds, kindOf(d, r))
	}
	f := s.frame(r, "Faults", "/faults")
	status := refused(&f, problem)
	return s.render(w, r, status, pages.Faults(f, s.told.count(), started, kinds))
}

// kindOf shows a kind; what was typed in its form is kept.
func kindOf(d faults.Description, r *http.Request) pages.Kind {
	k := pages.Kind{Kind: string(d.Kind), Label: d.Label, Does: d.Does, Field: d.Field, Asks: d.Asks, Value: strconv.FormatFloat(d.Default, 'f', -1, 64), ForUser: d.ForUser, ForIDs: d.ForIDs}
	if r.PostForm.Get("kind") == k.Kind {
		k.Value, k.Calls, k.For = r.PostForm.Get(k.Field), r.PostForm.Get("calls"), r.PostForm.Get("forSeconds")
		k.User, k.IDs = r.PostForm.Get("user"), r.PostForm.Get("ids")
	}
	return k
}

// whom says whom and what a fault is for, when it is not for all.
func whom(f faults.Fault) (text string) {
	if f.User != "" {
		text = " for " + f.User
	}
	if len(f.IDs) > 0 {
		text += fmt.Sprintf(" (%d by id)", len(f.IDs))
	}
	return text
}

func left(f faults.Shown) string {
	switch {
	case !f.Active:
		return "ended"
	case f.Calls > 0:
		return fmt.Sprintf("on, %d times more", f.CallsLeft)
	}
	return fmt.Sprintf("on, %.0f s more", f.SecondsLeft)
}

func (s *Server) startFault(w http.ResponseWriter, r *http.Request) error {
	if err := postForm(w, r); err != nil {
		return err
	}
	asked := faults.Fault{Kind: faults.Kind(r.PostForm.Get("kind")), User: strings.TrimSpace(r.PostForm.Get("user")), IDs: strings.Fields(r.PostForm.Get("ids"))}
	numbers := map[string]float64{}
	for _, name := range []string{"calls", "forSeconds", "seconds", "bytes", "percent"} {
		text := strings.TrimSpace(r.PostForm.Get(name))
		n, err := strconv.ParseFloat(text, 64)
		if text != "" && err != nil {
			return s.showFaults(w, r, fault.New(fault.Invalid, "%q is no number.", text))
		}
		numbers[name] = n
	}
	asked.Calls, asked.ForSeconds, asked.Seconds = int(numbers["calls"]), numbers["forSeconds"], numbers["seconds"]
	asked.Bytes, asked.Percent = int64(numbers["bytes"]), int(numbers["percent"])
	if len(asked.IDs) > 0 {
		asked.Percent = 0
	}
	return s.faultDone(w, r, "fault", func() error { _, err := s.addFault(asked); return err })
}

func (s *Server) stopFault(w http.ResponseWriter, r *http.Request) error {
	return s.faultDone(w, r, "stop", func() error { return s.stopFaultOf(chi.URLParam(r, "id")) })
}

func (s *Server) restartFromPage(w http.ResponseWriter, r *http.Request) error {
	if err := postForm(w, r); err != nil {
		return err
	}
	seconds, err := strconv.ParseFloat(strings.TrimSpace(r.PostForm.Get("seconds")), 64)
	if err != nil && r.PostForm.Get("seconds") != "" {
		return s.showFaults(w, r, fault.New(fault.Invalid, "%q is no number of seconds.", r.PostForm.Get("seconds")))
	}
	return s.faultDone(w, r, "restart", func() error { return s.restart(seconds) })
}

func (s *Server) faultDone(w http.ResponseWriter, r *http.Request, done string, do func() error) error {
	err := do()
	if isRefusal(err) {
		return s.showFaults(w, r, err)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/faults?done="+done, http.StatusSeeOther)
	return nil
}
