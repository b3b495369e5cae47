package tenant

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

func (s *Server) auditRoutes(r chi.Router) {
	r.Get("/", s.adminOnly(s.listAudits))
	r.Get("/types", s.adminOnly(s.listAuditTypes))
	r.Get("/sources", s.adminOnly(s.listAuditSources))
	r.Get("/archive", s.adminOnly(s.getArchive))
	r.Get("/settings", s.adminOnly(s.getAuditSettings))
	r.Get("/{id}", s.adminOnly(s.getAudit))
}

func (s *Server) auditBody(r *http.Request, e state.Event) eventBody {
	body := s.eventBody(e)
	body.ID, body.Links = e.ID, &links{Self: linkTo(baseURL(r) + "/api/v1/audits/" + e.ID)}
	return body
}

// auditOrders are what the list sorts by, newest first when nothing is said.
var auditOrders = map[string]func(state.Event) string{
	"eventTime": func(e state.Event) string { return e.ID },
	"eventType": func(e state.Event) string { return e.Type + "\x00" + e.ID },
	"source":    func(e state.Event) string { return e.Source + "\x00" + e.ID },
}

// listAudits is GET /api/v1/audits.
func (s *Server) listAudits(w http.ResponseWriter, r *http.Request) error {
	order, err := listingOf(r, map[string]string{"": "eventTime", "eventTime": "eventTime", "eventType": "eventType", "source": "source"}, usualCursors)
	if err != nil {
		return err
	}
	order.descending = order.descending || r.URL.Query().Get("sort") == ""
	wanted, err := wantedEvent(r)
	if err != nil {
		return err
	}
	var all []state.Event
	err = s.db.Read(func(tx *state.Tx) (err error) {
		all, err = state.Events.All(tx, wanted)
		return err
	})
	if err != nil {
		return err
	}
	page := cutRows(all, order, auditOrders[order.index])
	writeJSON(w, http.StatusOK, listOf(r, order, page, func(e state.Event) eventBody { return s.auditBody(r, e) }))
	return nil
}

// wantedEvent reads the filters eventType, source, userId, id (at commas) and eventTime (from/to).
func wantedEvent(r *http.Request) (func(state.Event) bool, error) {
	query := r.URL.Query()
	from, to, err := interval(query.Get("eventTime"))
	ids := wordsOf(query.Get("id"))
	return func(e state.Event) bool {
		return wantedText(query.Get("eventType"), e.Type) && wantedText(query.Get("source"), e.Source) && wantedText(query.Get("userId"), e.UserID) &&
			(len(ids) == 0 || slices.Contains(ids, e.ID)) && !e.Time.Before(from) && (to.IsZero() || !e.Time.After(to))
	}, err
}

// interval reads two times with a slash between, either of which may be left out.
func interval(text string) (from, to time.Time, err error) {
	if text == "" {
		return from, to, nil
	}
	first, second, two := strings.Cut(text, "/")
	for _, part := range []struct {
		text string
		at   *time.Time
	}{{first, &from}, {second, &to}} {
		if part.text == "" {
			continue
		}
		if *part.at, err = time.Parse(time.RFC3339, part.text); err != nil {
			return from, to, fault.New(fault.Invalid, "eventTime is two times as in 2026-01-31T18:00:00Z/2026-02-01T18:00:00Z.")
		}
	}
	if !two {
		return from, to, fault.New(fault.Invalid, "eventTime is two times with a slash between.")
	}
	return from, to, nil
}

// getAudit is GET /api/v1/audits/{id}.
func (s *Server) getAudit(w http.ResponseWriter, r *http.Request) error {
	id := chi.URLParam(r, "id")
	var found state.Event
	err := s.db.Read(func(tx *state.Tx) error {
		e, there, err := state.Events.Get(tx, id)
		if err == nil && !there {
			err = fault.New(fault.NotFound, "There is no event %q.", id)
		}
		found = e
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, s.auditBody(r, found))
	return nil
}

// listAuditTypes is GET /api/v1/audits/types.
func (s *Server) listAuditTypes(w http.ResponseWriter, r *http.Request) error {
	var names []string
	for _, kind := range eventTypes {
		names = append(names, kind.name)
	}
	writeJSON(w, http.StatusOK, allOf(r, names, func(name string) string { return name }))
	return nil
}

// listAuditSources is GET /api/v1/audits/sources.
func (s *Server) listAuditSources(w http.ResponseWriter, r *http.Request) error {
	writeJSON(w, http.StatusOK, allOf(r, []string{eventSource}, func(name string) string { return name }))
	return nil
}

// getArchive is GET /api/v1/audits/archive?date=: nothing is archived here, as the settings say.
func (s *Server) getArchive(w http.ResponseWriter, r *http.Request) error {
	if _, err := time.Parse(time.DateOnly, r.URL.Query().Get("date")); err != nil {
		return fault.New(fault.Invalid, "date is a day such as 2026-01-31.")
	}
	writeJSON(w, http.StatusOK, map[string]any{"data": []any{}})
	return nil
}

// getAuditSettings is GET /api/v1/audits/settings.
func (s *Server) getAuditSettings(w http.ResponseWriter, _ *http.Request) error {
	writeJSON(w, http.StatusOK, map[string]any{"data": map[string]any{"EventTTL": int(eventLife.Seconds()), "ArchiveEnabled": false}})
	return nil
}
