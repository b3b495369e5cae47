package policy

// wording is how a reading says what becomes of the apps: a policy sends them, a guard keeps them back.
type wording struct {
	opening          string // of the text
	sends            string // opens the sentence
	sendsNothing     string // opens the sentence of conditions that match nothing
	empty            string // opens the text of conditions that match nothing
	goesTo           string // these deployments
	everywhere       string // the apps of a part that names no deployment
	everywhereAlways string // the apps, where there are no conditions at all
	all              string // what such a part does
}

func wordingOf(e Effect) wording {
	if e == Never {
		return wording{
			opening: "never: ", empty: "never: ", sends: "Never sends ", sendsNothing: "Forbids nothing: ", goesTo: " never goes to ", everywhere: " goes to NO deployment",
			everywhereAlways: " goes to NO deployment, nor to one set up later", all: "keeps apps from " + everyDeployment,
		}
	}
	return wording{
		empty: "nothing: ", sends: "Sends ", sendsNothing: "Sends nothing: ", goesTo: " goes to ", everywhere: " goes to " + everyDeployment,
		everywhereAlways: " goes to " + everyDeployment + ", also to those set up later", all: "sends apps to " + everyDeployment,
	}
}

// goes says where apps go, or do not.
func (w wording) goes(targets string) string {
	if targets == everyDeployment {
		return w.everywhere
	}
	return w.goesTo + targets
}
