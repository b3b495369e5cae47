package policy

// Template fills in what most policies begin with. Choosing one sets filter, actions and conditions.
type Template struct {
	Name       string
	Filter     string
	Actions    int
	Conditions string
}

// Templates gives the templates, the default first (rule-language.md section 2).
func Templates() []Template {
	return []Template{
		{Name: "Unspecified", Filter: allApps},
		{Name: "Distribution_App", Filter: allApps, Actions: ActionDistribute, Conditions: `((subject.name=""))`},
	}
}

// allApps is the resource filter for apps only, without what is in them.
const allApps = "App_*"
