package repository

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/repository/filter"
	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

var changeTypes = map[string]int{"": 0, "undefined": 0, "add": added, "update": updated, "delete": deleted, "0": 0, "1": added, "2": updated, "3": deleted}

// postNotification is POST /qrs/notification: 201 and the handle (section 2.1).
func (s *Server) postNotification(w http.ResponseWriter, r *http.Request) error {
	q := query(r)
	k, known := notifiableNamed(q["name"])
	if !known {
		return fault.New(fault.Invalid, "There is no type %q to be told of.", q["name"])
	}
	change, known := changeTypes[strings.ToLower(q["changetype"])]
	if !known {
		return fault.New(fault.Invalid, "There is no changetype %q.", q["changetype"])
	}
	judged, err := filter.Parse(q["filter"], k.entity())
	if err != nil {
		return err
	}
	var uri string
	if err := readJSON(w, r, &uri); err != nil {
		return err
	}
	target, err := url.Parse(uri)
	if err != nil || target.Host == "" || target.Scheme != "http" && target.Scheme != "https" {
		return fault.New(fault.Invalid, "The body is no JSON string with an http or https address.")
	}
	property, otherThan := strings.CutPrefix(q["propertyname"], "!")
	asked := strings.ToLower(strings.Join([]string{k.name(), q["id"], strconv.Itoa(change), q["filter"], q["propertyname"]}, "\x00")) + "\x00" + uri
	handle, err := s.told.add(&subscription{uri: uri, host: target.Host, asked: asked, kind: k.name(), id: strings.ToLower(q["id"]), change: change, filter: judged,
		property: baseProperty(k, property), otherThan: otherThan})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, map[string]string{"value": handle})
	return nil
}

// baseProperty gives a property its own spelling, so that case does not matter.
func baseProperty(k notifiable, name string) string {
	if own, found := filter.Spelling(k.entity(), name); found {
		return own
	}
	return name
}

// deleteNotification is DELETE /qrs/notification?handle=.
func (s *Server) deleteNotification(w http.ResponseWriter, r *http.Request) error {
	handle := query(r)["handle"]
	if !s.told.remove(strings.ToLower(handle)) {
		return fault.New(fault.NotFound, "There is no subscription %q.", handle)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// The log of changes keeps so many; it is trimmed at each start, and after every so many changes.
const (
	changesKept = 20_000
	changesMost = 5_000 // in one answer
	trimEvery   = 1_000
)

// getChanges is GET /qrs/notification/changes?since=&types=: one line for each change, with the entity as it is now.
func (s *Server) getChanges(w http.ResponseWriter, r *http.Request) error {
	q := query(r)
	since, err := state.ParseDate(q["since"])
	if err != nil || q["types"] == "" {
		return fault.New(fault.Invalid, "Missing parameter value(s)")
	}
	types := map[string]bool{}
	for name := range strings.SplitSeq(q["types"], ",") {
		if k, known := notifiableNamed(strings.TrimSpace(name)); known {
			types[k.name()] = true
		}
	}
	changes, err := s.changesSince(since, types, callerOf(r))
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, changes)
	return nil
}

func (s *Server) changesSince(since state.Date, types map[string]bool, who caller) ([]state.Change, error) {
	changes := []state.Change{}
	hidden := s.hiding(appKind.schema, who)
	err := s.db.Read(func(tx *state.Tx) error {
		n, err := readNames(tx)
		if err != nil {
			return err
		}
		return each(tx, state.Changes, func(c state.Change) error {
			if c.ChangeDate.Before(since.Time) || !types[c.Type] || len(changes) >= changesMost {
				return nil
			}
			k, _ := notifiableNamed(c.Type)
			var err error
			if c.Object, _, err = k.load(tx, n, c.ID); err != nil {
				return err
			}
			if app, is := c.Object.(state.App); is && (!who.reads(app) || hidden != nil && hidden(app.ID)) {
				return nil
			}
			changes = append(changes, c)
			return nil
		})
	})
	return changes, err
}
