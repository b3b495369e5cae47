package deployments

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/ui"
)

// moving is the question before placed apps are moved to the spaces that the rule names now.
type moving struct {
	Stored  deployment.Deployment
	Moves   []store.Move
	Fault   string // what is wrong with the name that was typed
	Refused string
}

// shownMoves is how many apps the question lists by name.
const shownMoves = 50

func (s *Screen) moving(ctx context.Context, id string) (m moving, err error) {
	if m.Stored, err = s.Store.Deployment(ctx, id); err != nil {
		return m, err
	}
	if m.Moves, err = s.Store.Moves(ctx, id); err == nil && len(m.Moves) == 0 {
		err = fault.New(fault.Conflict, "Nothing is to be moved: every app that the rule placed is where the rule has it.")
	}
	return m, err
}

func (s *Screen) askMove(w http.ResponseWriter, r *http.Request) {
	m, err := s.moving(r.Context(), idOf(r))
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, movePage(m))
}

// move confirms just what the question showed. On Production it asks for the name.
func (s *Screen) move(w http.ResponseWriter, r *http.Request) {
	m, err := s.moving(r.Context(), idOf(r))
	if err == nil {
		err = respond.Form(w, r)
	}
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	if r.PostForm.Get("seen") != m.seen() {
		m.Refused = "Something changed since you looked. This is what would be moved now."
	}
	if typed := strings.TrimSpace(r.PostForm.Get("confirm")); m.typesName() && typed != m.Stored.Name {
		m.Fault = "This is not the name. Type " + m.Stored.Name + "."
	}
	if m.Refused != "" || m.Fault != "" {
		respond.Page(w, r, http.StatusUnprocessableEntity, movePage(m))
		return
	}
	n, err := s.Store.MoveApps(r.Context(), m.Stored.ID, m.Moves)
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Done(w, r, s.Notices, path(m.Stored.ID), ui.Plural(n, "app is", "apps are")+" moved. Distribution status shows how far that is.")
}

func (m moving) typesName() bool { return m.Stored.Kind == deployment.Production }

// seen names exactly what the question shows.
func (m moving) seen() string {
	sum := sha256.New()
	for _, move := range m.Moves {
		fmt.Fprintf(sum, "%q %q %q\n", move.AppID, move.From, move.To)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func (m moving) button() string { return "Move " + ui.Plural(len(m.Moves), "app", "apps") }

func (m moving) title() string { return m.button() + " in " + m.Stored.Name + "?" }

func (m moving) field() ui.Field {
	return ui.Field{Name: "confirm", Label: "Name of the deployment", Error: m.Fault, Help: "It is a Production deployment: type " + m.Stored.Name + " to confirm.", Attrs: ui.Attributes{"autocomplete": "off"}}
}

func (m moving) shown() []store.Move { return m.Moves[:min(len(m.Moves), shownMoves)] }

// targets counts the apps by the space that they go to, in the order of the list.
func targets(moves []store.Move) string {
	var names []string
	count := map[string]int{}
	for _, move := range moves {
		if count[move.To] == 0 {
			names = append(names, move.To)
		}
		count[move.To]++
	}
	var parts []string
	for _, name := range names[:min(len(names), 10)] {
		parts = append(parts, fmt.Sprintf("%s to “%s”", ui.Number(count[name]), name))
	}
	if more := len(names) - 10; more > 0 {
		parts = append(parts, fmt.Sprintf("the others to %d more spaces", more))
	}
	return strings.Join(parts, ", ")
}

// asked counts the moves that somebody has confirmed.
func asked(moves []store.Move) (n int) {
	for _, move := range moves {
		if move.Asked {
			n++
		}
	}
	return n
}
