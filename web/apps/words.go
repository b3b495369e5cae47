package apps

import (
	"context"
	"fmt"
	"strings"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/web/ui"
)

func orDash(text string) string {
	if text == "" {
		return ui.Dash
	}
	return text
}

func uploadButton(ctx context.Context) *ui.Button {
	if !mayChange(ctx) {
		return nil
	}
	return &ui.Button{Label: "Upload app", Kind: ui.Primary, Icon: ui.IconUpload, Href: "/apps/upload"}
}

func (l listing) actions(ctx context.Context) []ui.Button {
	if b := uploadButton(ctx); b != nil && l.site.Rights().Upload {
		return []ui.Button{*b}
	}
	return nil
}

// access says whether the app has section access, and who tells it.
func (v view) access() string {
	if v.app.SectionAccess != site.SectionAccessUnknown {
		return string(v.app.SectionAccess)
	}
	for _, r := range v.rows {
		if d := r.Delivery; d.SectionAccess != site.SectionAccessUnknown && d.Version.Equal(v.app.DataVersion()) {
			return string(d.SectionAccess) + ", as " + r.Deployment.Name + " tells"
		}
	}
	return "unknown: the file does not tell"
}

// hash is that of the app's file. A repository does not tell it.
func (v view) hash() ui.Fact {
	if v.app.SHA256 == "" {
		return ui.Fact{Label: "SHA-256", Value: "not known before an export"}
	}
	return ui.Fact{Label: "SHA-256", Value: v.app.SHA256, Mono: true}
}

// copiesOf names the deployments whose tenant holds a copy that is kept up to date.
func copiesOf(rows []distribution.StatusRow) []string {
	var names []string
	for _, r := range rows {
		if r.InTenant && r.Shown != distribution.LeftInTenant {
			names = append(names, r.Deployment.Name)
		}
	}
	return names
}

func openOf(rows []distribution.StatusRow) int {
	n := 0
	for _, r := range rows {
		if r.Delivery.ID != "" && r.Delivery.State.Open() {
			n++
		}
	}
	return n
}

// stays says that copies are never removed by themselves; "" where there are none.
func stays(names []string) string {
	switch len(names) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("The copy in %s stays there and is no longer refreshed.", names[0])
	default:
		return fmt.Sprintf("The copies in %s stay there and are no longer refreshed.", strings.Join(names, ", "))
	}
}

// endSentences say what happens in the tenants when an app is unpublished or deleted.
func endSentences(app site.App, rows []distribution.StatusRow) []string {
	if !app.Published() {
		return []string{"It is not published, so no tenant gets anything of it."}
	}
	var lines []string
	if n := openOf(rows); n > 0 {
		lines = append(lines, ui.Plural(n, "delivery that is under way is", "deliveries that are under way are")+" cancelled.")
	}
	if copies := stays(copiesOf(rows)); copies != "" {
		return append(lines, copies)
	}
	return append(lines, "No tenant holds a copy of it that is kept up to date.")
}

func sentences(lines ...string) string {
	var said []string
	for _, line := range lines {
		if line != "" {
			said = append(said, strings.TrimSuffix(line, ".")+".")
		}
	}
	return strings.Join(said, " ")
}
