package status

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/web/ui"
)

// tabs are the tabs in their order.
var tabs = []struct {
	tab   distribution.Tab
	label string
}{
	{distribution.TabAttention, "Needs attention"}, {distribution.TabProgress, "In progress"}, {distribution.TabWaiting, "Waiting"},
	{distribution.TabDistributed, "Distributed"}, {distribution.TabLeft, "Left in tenant"}, {distribution.TabAll, "All"},
}

// tabLinks keep the filter, but no cursor and no choice of state.
func tabLinks(counts map[distribution.Tab]int, f distribution.StatusFilter) []ui.Tab {
	var links []ui.Tab
	for _, t := range tabs {
		q := queryOf(f)
		q.Set("tab", string(t.tab))
		links = append(links, ui.Tab{Label: t.label, Href: "/status?" + q.Encode(), Count: counts[t.tab], Bad: t.tab == distribution.TabAttention, Current: t.tab == f.Tab})
	}
	return links
}

// queryOf gives the address of a filter.
func queryOf(f distribution.StatusFilter) url.Values {
	q := url.Values{}
	for key, value := range map[string]string{"tab": string(f.Tab), "deployment": f.Deployment, "stream": f.Stream, "cause": string(f.Cause), "q": f.Search, "app": f.AppID, "sort": f.Sort} {
		if value != "" {
			q.Set(key, value)
		}
	}
	if f.Descending {
		q.Set("dir", "desc")
	}
	return q
}

// keyOf names a row in the page and in events.
func keyOf(r distribution.StatusRow) string { return appOf(r) + "-" + r.Deployment.ID }

func appOf(r distribution.StatusRow) string {
	if r.Delivery.AppID == "" && r.Placement != nil {
		return r.Placement.AppID
	}
	return r.Delivery.AppID
}

func nameOf(r distribution.StatusRow) string {
	if r.Delivery.AppName == "" && r.Placement != nil {
		return r.Placement.AppName
	}
	return r.Delivery.AppName
}

func hrefOf(r distribution.StatusRow) string {
	return "/status/" + appOf(r) + "/" + r.Deployment.ID
}

// stateOf says beside the state where, when, or how often.
func stateOf(r distribution.StatusRow, now time.Time) string {
	d := r.Delivery
	switch r.Shown {
	case distribution.Failed:
		if d.Stage != "" {
			return "at " + string(d.Stage)
		}
	case distribution.Retrying:
		return fmt.Sprintf("%s, try %d", untilNextTry(d, now), r.Attempts+1)
	case distribution.Waiting:
		if d.Cause == distribution.SiteBusy {
			return "asks again " + untilNextTry(d, now) // the message says for what it waits
		}
		return d.Cause.Title()
	case distribution.LeftInTenant:
		if r.Placement != nil && r.Placement.Marked {
			return "marked " + ui.ShortTime(r.Placement.Left, now)
		}
		if r.Placement != nil {
			return "since " + ui.ShortTime(r.Placement.Left, now)
		}
	}
	return ""
}

// untilNextTry says when a delivery goes on by itself: "in 28 s", "now".
func untilNextTry(d distribution.Delivery, now time.Time) string {
	wait := d.NextTry.Sub(now).Round(time.Second)
	if wait <= 0 {
		return "now"
	}
	return "in " + ui.Duration(wait)
}

// percentOf is known only where bytes are.
func percentOf(d distribution.Delivery) int {
	if d.State == distribution.Uploading && d.Size > 0 {
		return int(d.Uploaded * 100 / d.Size)
	}
	return ui.NoPercent
}

// besideOf stands beside a working state: percent where bytes are known, else the seconds so far.
func besideOf(d distribution.Delivery, now time.Time) string {
	if p := percentOf(d); p >= 0 {
		return fmt.Sprintf("%d %%", p)
	}
	if so := now.Sub(d.Changed); so > time.Second {
		return ui.Duration(so.Round(time.Second))
	}
	return ""
}

// cancelledWords tell what became of deliveries that somebody cancelled.
func cancelledWords(ended, looked, of int) string {
	words := fmt.Sprintf("%d of %d deliveries cancelled. Nothing is removed in the tenant.", ended+looked, of)
	if looked > 0 {
		words += " " + ui.Plural(looked, "of them had begun its import and ends", "of them had begun their import and end") + " when it is known what that made in the tenant."
	}
	return words
}

// endingWords say why a delivery ends that is only open until it is known what it made; empty: it is not.
func endingWords(d distribution.Delivery) string {
	if !d.State.Open() || d.Unwanted == "" {
		return ""
	}
	return ui.Capital(d.Unwanted) + ". It ends when it is known what its import made in the tenant"
}

// observed says whether nothing but Observe only holds a delivery.
func observed(r distribution.StatusRow) bool {
	return r.Shown == distribution.Waiting && r.Delivery.Cause == distribution.ObserveOnly
}

// message is the last cell of a row.
func message(r distribution.StatusRow) string {
	d := r.Delivery
	switch {
	case r.Shown == distribution.LeftInTenant && r.Placement != nil:
		return ui.Capital(r.Placement.LeftWhy)
	case endingWords(d) != "":
		return endingWords(d)
	case d.State == distribution.Uploading && d.Size > 0:
		return ui.Bytes(d.Uploaded) + " of " + ui.Bytes(d.Size)
	case d.State == distribution.Importing && d.Size > 0:
		return ui.Bytes(d.Size) + " are there, the tenant is reading them"
	case observed(r) && d.Why.PolicyName != "":
		return fmt.Sprintf("Would go by policy %q", d.Why.PolicyName)
	case d.State == distribution.Placing:
		return "Attributes are being set, then read back"
	case r.Shown == distribution.Distributed && r.Placement != nil:
		return warned(r.Placement.Warnings)
	default:
		return d.Message
	}
}

// warned is the first of what could not be done in the tenant; the page of the delivery has them all.
func warned(warnings []string) string {
	switch len(warnings) {
	case 0:
		return ""
	case 1:
		return warnings[0]
	}
	return warnings[0] + " And " + ui.Number(len(warnings)-1) + " more"
}

func where(r distribution.StatusRow) string {
	switch {
	case !r.InTenant:
		return ui.Dash
	case r.SpaceName == "":
		return "Staged"
	default:
		return r.SpaceName
	}
}

func behind(r distribution.StatusRow) string {
	switch {
	case r.Shown == distribution.LeftInTenant:
		return ui.Dash
	case !r.InTenant:
		return "New"
	case r.Behind > 0:
		return ui.Duration(r.Behind)
	default:
		return ui.Dash
	}
}

// rowActions act on the ticked rows.
func (v view) rowActions() []ui.Button {
	buttons := []ui.Button{{Label: "Retry", Form: "rows", NeedsRow: true}, {Label: "Cancel", Form: "rows", Action: "/status/cancel", NeedsRow: true}}
	if v.filter.Cause == distribution.AccessHeld {
		buttons[0] = ui.Button{Label: "Release", Form: "rows", Action: "/status/release", NeedsRow: true}
	}
	return buttons
}

// foldKey names a fold in the address.
func foldKey(f distribution.Fold) string {
	return strings.Join([]string{f.Deployment.ID, string(f.State), string(f.Cause)}, ".")
}

func foldTitle(f distribution.Fold) string {
	return fmt.Sprintf("%s × %s: %s", ui.Number(f.Count), ui.Capital(string(f.State)), f.Cause.Title())
}

// retryAll asks first where the deployment is Production, since many deliveries start at once there.
func retryAll(d distribution.DeploymentRef, cause distribution.Cause, count int) ui.Button {
	b := ui.Button{Label: "Retry all " + ui.Number(count), Small: true}
	fold := d.ID + "." + string(cause)
	if d.Kind == deployment.Production {
		b.Href = "/status/retry-all?" + url.Values{"fold": {fold}}.Encode()
		return b
	}
	b.Form, b.Name, b.Value = "retry-all", "fold", fold
	return b
}

func foldButtons(f distribution.Fold) []ui.Button {
	if f.State == distribution.Paused {
		if f.Cause == distribution.PausedAllByAdmin || f.Cause == distribution.HeldForReview {
			return nil // the banner, or the line above, has the buttons
		}
		if f.Cause == distribution.AdoptionRefused {
			return []ui.Button{{Label: "Leave and mark", Small: true, Href: "/deployments/" + f.Deployment.ID + "/adopt?tab=linked"}, retryAll(f.Deployment, f.Cause, f.Count)}
		}
		if f.Cause == distribution.AccessHeld {
			q := url.Values{"tab": {string(distribution.TabAttention)}, "deployment": {f.Deployment.ID}, "cause": {string(f.Cause)}}
			return []ui.Button{{Label: "Review " + ui.Number(f.Count), Small: true, Href: "/status?" + q.Encode()}}
		}
		if f.Cause.LooksAgain() {
			return []ui.Button{retryAll(f.Deployment, f.Cause, f.Count)}
		}
		return []ui.Button{{Label: "Open " + f.Deployment.Name, Small: true, Href: "/deployments/" + f.Deployment.ID}}
	}
	return []ui.Button{retryAll(f.Deployment, f.Cause, f.Count)}
}

// keptWords say what a copy that is left in its tenant means.
func keptWords(r distribution.StatusRow) string {
	if r.Placement.Marked {
		return "nothing is sent to it, and no second copy is placed beside it."
	}
	return "it is no longer refreshed."
}
