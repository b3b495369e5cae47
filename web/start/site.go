package start

import (
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/web/ui"
)

// connected says whether somebody has said where the apps come from, and they are known.
func (v view) connected() bool {
	return v.site.Kind == site.Embedded || v.site.Kind == site.Repository && !v.picture.Fresh.IsZero() && v.picture.Trouble == ""
}

// siteButton leads to Site.
func (v view) siteButton() ui.Button {
	if v.site.Kind == site.Unset {
		return ui.Button{Label: "Connect site", Href: "/site"}
	}
	return ui.Button{Label: "Open Site", Href: "/site"}
}

// siteWords say how far the first step is.
func (v view) siteWords() string {
	counts := ui.Plural(v.apps, "app", "apps") + ", " + ui.Number(v.published) + " published, " + ui.Plural(v.streams, "stream", "streams")
	switch {
	case v.site.Kind == site.Unset:
		return "Enter how the repository of your Qlik Sense site is reached, or choose the embedded site."
	case v.site.Kind == site.Embedded:
		return "The embedded site: apps are uploaded and published here. " + counts + "."
	case v.picture.Trouble != "":
		return v.site.Host + " is out of touch. What is in the way stands below."
	case v.picture.Fresh.IsZero():
		return v.site.Host + " is being read: " + ui.Plural(v.picture.Read, "app", "apps") + " so far."
	default:
		return v.site.Host + " answers. " + counts + "."
	}
}

// siteTile says where the apps come from, and how old what is known of them is.
func (v view) siteTile() ui.Tile {
	tile := ui.Tile{Icon: ui.IconSite, Label: "Site", Href: "/site", Meta: "embedded site"}
	switch {
	case v.site.Kind == site.Unset:
		tile.Meta = "not chosen yet"
	case v.site.Kind == site.Embedded:
	case v.picture.Trouble != "":
		tile.Meta, tile.Bad = "out of touch", true
	case v.picture.Fresh.IsZero():
		tile.Meta = v.site.Host
	default:
		tile.Meta = strings.Join([]string{v.site.Host, ui.Duration(max(v.now.Sub(v.picture.Fresh), time.Second)) + " ago"}, " · ")
	}
	return tile
}
