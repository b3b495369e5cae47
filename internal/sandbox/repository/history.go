package repository

import (
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/repository/pages"
)

// happenedKept is how many happenings are remembered.
const happenedKept = 50_000

// What happens at a site.
const (
	happenedChange   = "change"   // an entity was added, updated or deleted
	happenedReload   = "reload"   // one began or ended
	happenedRestart  = "restart"  // subscriptions and links were lost
	happenedCallback = "callback" // one was sent, lost, or not taken
	happenedExport   = "export"   // one began, ended, failed or was cancelled
	happenedDownload = "download" // of an exported file
	happenedFault    = "fault"    // one was started or stopped
	happenedFill     = "fill"     // generated apps were added
)

// happening is one thing that happened. Numbers go up by one.
type happening struct {
	Number int       `json:"number"`
	At     time.Time `json:"at"` // by the true clock, whatever a fault says
	What   string    `json:"what"`
	Did    string    `json:"did"`
	Type   string    `json:"type,omitempty"` // of the entity
	ID     string    `json:"id,omitempty"`
	Name   string    `json:"name,omitempty"`
	By     string    `json:"by,omitempty"` // DIRECTORY\id
	Detail string    `json:"detail,omitempty"`
}

// history remembers what happened since the process began, for tests that hold it against what a client saw.
type history struct {
	now func() time.Time
	mu  sync.Mutex
	all []happening
	no  int
}

func (h *history) note(what happening) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.no++
	what.Number, what.At = h.no, h.now().UTC()
	if len(h.all) >= 2*happenedKept {
		h.all = append([]happening(nil), h.all[happenedKept:]...)
	}
	h.all = append(h.all, what)
}

// after gives what happened behind a number; at most so many as are kept.
func (h *history) after(number int) []happening {
	h.mu.Lock()
	defer h.mu.Unlock()
	skip := 0
	if len(h.all) > 0 {
		skip = min(max(number-h.all[0].Number+1, 0), len(h.all))
	}
	return append([]happening{}, h.all[skip:]...)
}

// shownHappenings is how many of them the page shows.
const shownHappenings = 200

// showHistory shows the latest happenings.
func (s *Server) showHistory(w http.ResponseWriter, r *http.Request) error {
	all := s.history.after(0)
	rows := []pages.Happening{}
	for _, h := range slices.Backward(all[max(len(all)-shownHappenings, 0):]) {
		rows = append(rows, pages.Happening{At: h.At, What: h.What, Did: h.Did, Type: h.Type, Name: h.Name, By: h.By, More: h.Detail})
	}
	return s.render(w, r, http.StatusOK, pages.History(s.frame(r, "History", "/history"), rows, happenedKept))
}

// getHappened is GET /sandbox/v1/happened?after=: what happened behind that number, in order.
func (s *Server) getHappened(w http.ResponseWriter, r *http.Request) error {
	after := 0
	if text := query(r)["after"]; text != "" {
		var err error
		if after, err = strconv.Atoi(text); err != nil {
			return fault.New(fault.Invalid, "%q is no number.", text)
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{"data": s.history.after(after)})
	return nil
}
