package policy

// Template fills in what most policies begin with. Choosing one sets filter, actions and conditions.
type Template struct {
	Name       string
	Filter     string
	Actions    int
	Conditions string
}

// Templates gives the templates, the default first (rule-language.md section 2). Those after Distribution_App are ours: they
// cover what people mostly do, and match nothing before their names are filled in.
func Templates() []Template {
	return []Template{
		{Name: "Unspecified", Filter: allApps},
		{Name: "Distribution_App", Filter: allApps, Actions: ActionDistribute, Conditions: `((subject.name=""))`},
		{Name: "By custom property", Filter: allApps, Actions: ActionDistribute, Conditions: `((subject.name=resource.@Property))`},
		{Name: "By stream", Filter: allApps, Actions: ActionDistribute, Conditions: `((subject.name="") and (resource.stream.name=""))`},
		{Name: "By app name", Filter: allApps, Actions: ActionDistribute, Conditions: `((subject.name="") and (resource.name like ""))`},
		{Name: "By owner", Filter: allApps, Actions: ActionDistribute, Conditions: `((subject.name="") and (resource.owner.name=""))`},
	}
}

// allApps is the resource filter for apps only, without what is in them.
const allApps = "App_*"
