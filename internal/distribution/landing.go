package distribution

import (
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/site"
)

// Landing is what a deployment decides about one app: the managed space it lands in, and its name there.
type Landing struct {
	Space string // name of the space; empty: there is none, see Why
	Rule  string // which rule says so, for people
	Name  string // of the app in the tenant
	Why   string // why there is no space, as a sentence
}

// LandingOf decides where an app lands. Staged apps land in no space and have their own name.
func LandingOf(d deployment.Deployment, app site.App) Landing {
	if !d.Managed() {
		return Landing{Name: app.Name, Rule: "staged"}
	}
	l, values := d.Landing, placeholders(d.Landing, app)
	out := Landing{Name: app.Name, Space: deployment.SpaceName(deployment.Fill(l.Space, values))}
	if l.AppName != "" && l.AppName != deployment.DefaultAppName {
		out.Name = deployment.Fill(l.AppName, values)
	}
	switch l.By {
	case deployment.ByStream:
		out.Rule = "by stream: " + values["stream"]
	case deployment.ByProperty:
		out.Rule = "by custom property: " + l.Property + " = " + values["property"]
		if values["property"] == "" {
			out.Space, out.Why = "", "The app has no value of the custom property "+l.Property+", which names the space that it lands in."
		}
	default:
		out.Rule = "one space for all apps"
	}
	return out
}

// placeholders are what the placeholders of the patterns stand for. Of a custom property with several values the first one counts.
func placeholders(l deployment.Landing, app site.App) map[string]string {
	values := map[string]string{"name": app.Name, "id": app.ID, "owner": app.Owner.Name}
	if app.Stream != nil {
		values["stream"] = app.Stream.Name
	}
	if all := app.Properties[l.Property]; l.Property != "" && len(all) > 0 {
		values["property"] = all[0]
	}
	return values
}
