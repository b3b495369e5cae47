package origin

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/web/ui"
)

// Attention is what of the site somebody has to look at.
type Attention struct {
	State string // of ui.StateText
	Words string
	Then  string    // what follows, and what to do
	Since time.Time // or until when; zero: not told
	Act   *ui.Button
	Ends  bool // Since is when something ends
}

// When stands before Since.
func (a Attention) When() string {
	if a.Ends {
		return "Until"
	}
	return "Since"
}

// Attentions gives all of them, the gravest first.
func Attentions(c site.Connection, p site.Picture, now time.Time) []Attention {
	var all []Attention
	if p.Trouble != "" {
		all = append(all, Attention{State: "failed", Words: "The site is out of touch.", Then: p.Trouble, Since: p.TroubleSince})
	}
	switch {
	case p.Shrunk != nil:
		all = append(all, shrunk(*p.Shrunk))
	case p.Blind:
		all = append(all, blind(c))
	}
	for _, e := range Endings(c, now) {
		all = append(all, Attention{State: stateOf(e, now), Words: e.Words(now), Then: e.Then, Since: e.At, Ends: true})
	}
	return all
}

// Both names the site's own rules that distribute while policies here send, too: then both would send.
func Both(c site.Connection, p site.Picture, policies []policy.Policy) []string {
	sends := func(p policy.Policy) bool { return p.Effect == policy.Grant && !p.Disabled }
	if c.Kind != site.Repository || !slices.ContainsFunc(policies, sends) {
		return nil
	}
	return p.Native
}

// Twofold is the attention to such rules; nothing where there are none.
func Twofold(names []string, c site.Connection) []Attention {
	if len(names) == 0 {
		return nil
	}
	act := MoveIn()
	act.Small = true
	return []Attention{{State: "warning", Words: bothSend, Then: nativeWords(names, c), Act: &act}}
}

// accept names what it accepts, so that nothing else is accepted by it. It keeps the focus by its id, where the page brings it anew.
func accept(s site.Shrunk) *ui.Button {
	return &ui.Button{Label: "Accept", Small: true, Post: fmt.Sprintf("/site/accept?missing=%d", s.Known-s.Answered), Attrs: ui.Attributes{"id": "accept"}}
}

// shrunk says that the site hides apps; until somebody accepts it, none of them counts as deleted.
func shrunk(s site.Shrunk) Attention {
	a := Attention{State: "warning", Words: Shrunk(s), Since: s.Since, Then: "Nothing counts as deleted by that. " + accepting(s), Act: accept(s)}
	if s.Accepted {
		a.Then, a.Act = "Accepted: the next full sweep takes it as it is.", nil
	}
	return a
}

// blind says that the site answers no app: a repository does not say whether it has none, or the user may read none.
func blind(c site.Connection) Attention {
	return Attention{State: "warning", Words: "The site answers no app to " + User(c) + ".", Then: "If the site has apps, give the user the action Read on App_* by a security rule in the QMC. Least rights has one ready.",
		Act: &ui.Button{Label: "Least rights", Small: true, Href: "/site/rights"}}
}

// User is who the console is at the site.
func User(c site.Connection) string {
	if c.Way == site.ByProxy {
		return "the user of the JWT"
	}
	return "the user " + c.UserDirectory + `\` + c.UserID
}

// Shrunk is the notice about it.
func Shrunk(s site.Shrunk) string {
	return "Site answers fewer apps than before (" + ui.Number(s.Answered) + " of " + ui.Number(s.Known) + "). Check the user's rights."
}

// accepting says what Accept does.
func accepting(s site.Shrunk) string {
	missing := max(s.Known-s.Answered, 0)
	return "If it is right, accept it: " + ui.Plural(missing, "app that is missing then counts as deleted, and its copies", "apps that are missing then count as deleted, and their copies") + " in tenants stay and are no longer refreshed."
}

func stateOf(e deployment.Expiry, now time.Time) string {
	if e.Notice(now) == 1 {
		return "failed"
	}
	return "warning"
}

// Endings gives what of the connection ends within 30 days, or is over, the nearest first.
func Endings(c site.Connection, now time.Time) []deployment.Expiry {
	all := slices.DeleteFunc(expiries(c), func(e deployment.Expiry) bool { return e.Notice(now) == 0 })
	slices.SortStableFunc(all, func(a, b deployment.Expiry) int { return cmp.Compare(a.At.Unix(), b.At.Unix()) })
	return all
}
