package start

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/web/ui"
)

// verdict is the one sentence of the page, with the one action that mends what is wrong.
type verdict struct {
	state string // a state of ui.StateLabel; decides colour and shape
	who   *distribution.Summary
	bold  string
	since time.Time // stands after bold; zero: nothing
	rest  string
	more  string
	act   *ui.Button
}

// judge finds the sentence: what stands still comes before what failed, and that before what is on its way.
func (v view) judge(paused *ui.PauseBanner) verdict {
	if paused != nil && paused.ObserveOnly {
		return v.observedVerdict()
	}
	if paused != nil {
		return verdict{state: "paused", bold: "Distribution is paused.", rest: v.waitingWords(), act: &ui.Button{Label: "Resume distribution", Kind: ui.Primary, Post: "/distribution/resume"}}
	}
	if v.picture.Trouble != "" {
		return verdict{state: "failed", bold: "The site is out of touch since", since: v.picture.TroubleSince, more: "What is published there meanwhile arrives later. " + v.others(""), act: openSite()}
	}
	for i, s := range v.summaries {
		if s.Deployment.Pause != nil {
			return v.pausedVerdict(&v.summaries[i])
		}
	}
	for i, s := range v.summaries {
		if s.Failed > 0 {
			return verdict{state: "failed", who: &v.summaries[i], bold: ui.Plural(s.Failed, "delivery failed.", "deliveries failed."), more: v.others(s.Deployment.ID),
				act: &ui.Button{Label: "Show what failed", Kind: ui.Primary, Href: "/status?tab=attention&deployment=" + s.Deployment.ID}}
		}
	}
	if n := v.heldApps(); n > 0 {
		return verdict{state: "paused", bold: ui.Plural(n, "new app waits", "new apps wait") + " for your review.", rest: "What is placed goes on being refreshed."}
	}
	for i, s := range v.summaries {
		if s.Paused > 0 {
			return verdict{state: "paused", who: &v.summaries[i], bold: ui.Plural(s.Paused, "delivery is paused.", "deliveries are paused."), more: v.others(s.Deployment.ID),
				act: &ui.Button{Label: "Show what is paused", Kind: ui.Primary, Href: "/status?tab=attention&deployment=" + s.Deployment.ID}}
		}
	}
	return v.wellVerdict()
}

// observedVerdict says how much would go, and leads there.
func (v view) observedVerdict() verdict {
	n := 0
	for _, s := range v.summaries {
		n += s.Waiting
	}
	out := verdict{state: "paused", bold: "Observe only.", rest: "Everything is decided and shown, nothing is sent.", more: "Nothing waits yet.", act: openSite()}
	if n > 0 {
		out.more = ui.Plural(n, "delivery", "deliveries") + " would go now. Switch Observe only off under Site when that is right."
		out.act = &ui.Button{Label: "Show what would go", Kind: ui.Primary, Href: "/status?tab=waiting"}
	}
	return out
}

func openSite() *ui.Button { return &ui.Button{Label: "Open Site", Kind: ui.Primary, Href: "/site"} }

// heldApps counts what is held for review.
func (v view) heldApps() (n int) {
	for _, h := range v.held {
		n += h.Apps
	}
	return n
}

func (v view) pausedVerdict(s *distribution.Summary) verdict {
	d := s.Deployment
	return verdict{state: "paused", who: s, bold: "paused since", since: d.Pause.Since, rest: ui.Number(s.Paused+s.Waiting) + " waiting",
		more: d.Pause.Reason + " " + v.others(d.ID), act: &ui.Button{Label: "Resume " + d.Name, Kind: ui.Primary, Post: "/deployments/" + d.ID + "/resume"}}
}

func (v view) wellVerdict() verdict {
	working, waiting, retrying, oldest := 0, 0, 0, time.Duration(0)
	for _, s := range v.summaries {
		working += s.Working
		waiting += s.Waiting
		retrying += s.Retrying
		oldest = max(oldest, s.OldestData)
	}
	age := "No data is behind."
	if oldest > 0 {
		age = "Oldest data: " + ui.Duration(oldest) + " behind."
	}
	if working > 0 {
		return verdict{state: "uploading", bold: ui.Plural(working+waiting+retrying, "delivery is on its way.", "deliveries are on their way."), rest: age}
	}
	if waiting > 0 {
		return verdict{state: "waiting", bold: ui.Plural(waiting+retrying, "delivery waits", "deliveries wait") + " to be sent.", rest: age}
	}
	if retrying > 0 {
		return verdict{state: "retrying", bold: ui.Plural(retrying, "delivery waits", "deliveries wait") + " for the next try.", rest: age}
	}
	if oldest > 0 { // somebody cancelled what would have brought it
		return verdict{state: "waiting", bold: "Nothing is on its way.", rest: age}
	}
	idle := v.idle()
	switch used := len(v.summaries) - len(idle); {
	case used == 0:
		return verdict{state: "waiting", bold: "Nothing is sent anywhere.", rest: conditions(idle)}
	case len(v.summaries) == 1:
		return verdict{state: "distributed", who: &v.summaries[0], bold: "is up to date.", rest: age}
	case len(idle) > 0:
		return verdict{state: "distributed", bold: fmt.Sprintf("Up to date: %d of %d deployments.", used, len(v.summaries)), rest: age, more: conditions(idle)}
	}
	return verdict{state: "distributed", bold: fmt.Sprintf("All %d deployments are up to date.", len(v.summaries)), rest: age}
}

// idle are the deployments of which nobody can say that they are up to date.
func (v view) idle() (idle []distribution.Summary) {
	for _, s := range v.summaries {
		if s.Deployment.Disabled || s.Untried() {
			idle = append(idle, s)
		}
	}
	return idle
}

func (v view) waitingWords() string {
	waiting := 0
	for _, s := range v.summaries {
		waiting += s.Waiting + s.Paused
	}
	return ui.Number(waiting) + " waiting"
}

// others says in a few words how the other deployments are.
func (v view) others(except string) string {
	return conditions(slices.DeleteFunc(slices.Clone(v.summaries), func(s distribution.Summary) bool { return s.Deployment.ID == except }))
}

func conditions(of []distribution.Summary) string {
	var words []string
	for _, s := range of {
		words = append(words, s.Deployment.Name+": "+condition(s)+".")
	}
	if len(words) > 4 {
		words = append(words[:4], fmt.Sprintf("%d more.", len(words)-4))
	}
	return strings.Join(words, " ")
}

func condition(s distribution.Summary) string {
	switch {
	case s.Deployment.Disabled:
		return "disabled"
	case s.Deployment.Pause != nil:
		return "paused"
	case s.Failed > 0:
		return ui.Number(s.Failed) + " failed"
	case s.Paused > 0:
		return ui.Number(s.Paused) + " paused"
	case s.Retrying > 0:
		return ui.Number(s.Retrying) + " retrying"
	case s.Working > 0:
		return ui.Number(s.Waiting+s.Working) + " on their way"
	case s.Waiting > 0:
		return ui.Number(s.Waiting) + " waiting"
	case s.Untried():
		return "nothing sent yet"
	default:
		return "all well"
	}
}

// setup gives the steps of a console where nothing was distributed yet, or nil.
func (v view) setup() []ui.SetupStep {
	sent := 0
	for _, s := range v.summaries {
		sent += s.InTenant + s.Left + s.Working + s.Waiting + s.Failed + s.Paused
	}
	if len(v.summaries) > 0 && len(v.policies) > 0 && sent > 0 {
		return nil
	}
	steps := []ui.SetupStep{
		{Number: 1, Title: "Connect the site", Text: v.siteWords(), Done: v.connected(), Action: v.siteButton()},
		{Number: 2, Title: "Set up a deployment", Text: "Name a Qlik Cloud tenant and how to sign in there.", Done: len(v.summaries) > 0, Action: ui.Button{Label: "Set up new", Href: "/deployments/new"}},
		{Number: 3, Title: "Write a distribution policy", Text: "Say which apps go to which deployment. Without a policy nothing leaves the site.", Done: len(v.policies) > 0, Action: ui.Button{Label: "Create policy", Href: "/policies/new"}},
		{Number: 4, Title: "Publish an app", Text: "From then on each published app that a policy names is carried to its tenants.", Done: sent > 0, Action: ui.Button{Label: "Go to apps", Href: "/apps"}},
	}
	return markNext(steps)
}

func markNext(steps []ui.SetupStep) []ui.SetupStep {
	found := false
	for i := range steps {
		s := &steps[i]
		switch {
		case s.Done:
			s.State = "Done"
		case !found:
			found, s.Next, s.State, s.Action.Kind = true, true, "Next", ui.Primary
		default:
			s.State = "Later"
		}
	}
	return steps
}

// tiles leads to everything.
func (v view) tiles() []ui.TileGroup {
	return []ui.TileGroup{
		{Title: "Manage content", Tiles: []ui.Tile{
			{Icon: ui.IconApps, Label: "Apps", Href: "/apps", Meta: ui.Number(v.apps) + " · " + ui.Number(v.published) + " published"},
			{Icon: ui.IconStream, Label: "Streams", Href: "/streams", Meta: ui.Number(v.streams)},
			{Icon: ui.IconTag, Label: "Custom properties", Href: "/properties", Meta: ui.Number(v.properties)},
		}},
		{Title: "Cloud distribution", Href: "/cloud-distribution", Tiles: v.cloudTiles()},
		{Title: "Configure system", Tiles: []ui.Tile{
			v.siteTile(),
			{Icon: ui.IconUser, Label: "Users", Href: "/users"},
			{Icon: ui.IconList, Label: "Audit", Href: "/audit"},
		}},
	}
}

func (v view) cloudTiles() []ui.Tile {
	paused, attention := 0, 0
	for _, s := range v.summaries {
		if s.Deployment.Pause != nil {
			paused++
		}
		attention += s.Failed + s.Paused
	}
	setup := ui.Number(len(v.summaries))
	if paused > 0 {
		setup += " · " + ui.Number(paused) + " paused"
	}
	status := ui.Tile{Icon: ui.IconPulse, Label: "Distribution status", Href: "/status"}
	if attention > 0 {
		status.Meta, status.Bad = ui.Plural(attention, "needs attention", "need attention"), true
	}
	return []ui.Tile{
		{Icon: ui.IconCloud, Label: "Deployments setup", Href: "/deployments", Meta: setup},
		{Icon: ui.IconPolicy, Label: "Distribution policies", Href: "/policies", Meta: ui.Number(len(v.policies))},
		status,
	}
}

func host(d deployment.Deployment) string { return d.Host() }

func actionOf(v verdict) ui.Button { return *v.act }
