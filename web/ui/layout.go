package ui

import "strings"

// htmxConfig keeps htmx within the content security policy, and lets it show the 422 answer of a refused form.
const htmxConfig = `{"includeIndicatorStyles":false,"allowEval":false,"responseHandling":[` +
	`{"code":"204","swap":false},{"code":"[23]..","swap":true},{"code":"422","swap":true},` +
	`{"code":"[45]..","swap":false,"error":true}]}`

// menuGroup is a group of the Start menu and of the start page.
type menuGroup struct {
	Title string
	Items []menuItem
}

type menuItem struct {
	Link
	Icon IconName
}

var startMenu = []menuGroup{
	{"Manage content", []menuItem{
		{Link{"Apps", "/apps"}, IconApps},
		{Link{"Streams", "/streams"}, IconStream},
		{Link{"Custom properties", "/properties"}, IconTag},
	}},
	{"Cloud distribution", []menuItem{
		{Link{"Deployments setup", "/deployments"}, IconCloud},
		{Link{"Distribution policies", "/policies"}, IconPolicy},
		{Link{"Distribution status", "/status"}, IconPulse},
	}},
	{"Configure system", []menuItem{
		{Link{"Site", "/site"}, IconSite},
		{Link{"Users", "/users"}, IconUser},
		{Link{"Audit", "/audit"}, IconList},
	}},
}

// sentence says why and by whom.
func (b PauseBanner) sentence() string {
	if b.ObserveOnly {
		return "everything is decided and shown, nothing is sent."
	}
	why := strings.TrimRight(b.Reason, ". ")
	switch {
	case why != "" && b.By != "":
		why += " (" + b.By + "). "
	case b.By != "":
		why = "By " + b.By + ". "
	case why != "":
		why += ". "
	}
	return why + "New events are kept; nothing is sent."
}
