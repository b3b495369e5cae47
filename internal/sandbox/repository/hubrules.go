package repository

import (
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/repository/pages"
	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

// actionNames are the bits of a rule's actions (section 4).
var actionNames = []string{"Create", "Read", "Update", "Delete", "Export", "Publish", "Change owner", "Change role", "Export data", "Offline access",
	"Distribute", "Duplicate", "Approve"}

// showRules lists the system rules, so that the site's own distribution can be switched off and on.
func (s *Server) showRules(w http.ResponseWriter, r *http.Request) error {
	var all []state.Rule
	err := s.db.Read(func(tx *state.Tx) (err error) {
		all, err = state.Rules.All(tx, nil)
		return err
	})
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b state.Rule) int { return strings.Compare(a.Name, b.Name) })
	rows := make([]pages.Rule, len(all))
	for i, rule := range all {
		rows[i] = pages.Rule{ID: rule.ID, Name: rule.Name, Filter: rule.ResourceFilter, Condition: rule.Rule, Actions: actionsOf(rule.Actions), Comment: rule.Comment, Disabled: rule.Disabled}
	}
	return s.render(w, r, http.StatusOK, pages.Rules(s.frame(r, "System rules", "/rules"), rows))
}

func actionsOf(bits int) string {
	var names []string
	for i, name := range actionNames {
		if bits&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// switchRuleFromPage enables or disables a rule.
func (s *Server) switchRuleFromPage(w http.ResponseWriter, r *http.Request) error {
	if err := s.switchRule(chi.URLParam(r, "id"), chi.URLParam(r, "verb")); err != nil {
		return err
	}
	http.Redirect(w, r, "/rules?done=rule", http.StatusSeeOther)
	return nil
}

// postRuleVerb enables or disables a system rule: 204.
func (s *Server) postRuleVerb(w http.ResponseWriter, r *http.Request) error {
	if err := s.switchRule(chi.URLParam(r, "id"), chi.URLParam(r, "verb")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) switchRule(id, verb string) error {
	if verb != "enable" && verb != "disable" {
		return fault.New(fault.NotFound, "A rule is enabled or disabled, and not %q.", verb)
	}
	who, err := s.hubCaller()
	if err != nil {
		return err
	}
	return s.act(who, func(a *act) error {
		rule, err := ruleKind.get(a.tx, id)
		if err != nil {
			return err
		}
		rule.Disabled = verb == "disable"
		_, err = ruleKind.put(a, rule)
		return err
	})
}
