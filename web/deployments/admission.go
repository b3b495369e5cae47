package deployments

import (
	"net/url"
	"strings"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/web/ui"
)

// admissionForm is what stands in the fields of What may go.
type admissionForm struct {
	SectionAccess string
	LargestApp    string // such as 5 GB, or empty
}

func admissionOf(a deployment.Admission) admissionForm {
	return admissionForm{SectionAccess: string(a.SectionAccess), LargestApp: deployment.SizeText(a.LargestApp)}
}

func decodeAdmission(values url.Values) admissionForm {
	return admissionForm{SectionAccess: strings.TrimSpace(values.Get("sectionaccess")), LargestApp: strings.TrimSpace(values.Get("largestapp"))}
}

// admission gives the admission as the form wants it; a size that is none is 0, and a fault of check.
func (f admissionForm) admission() deployment.Admission {
	largest, _ := deployment.ParseSize(f.LargestApp)
	return deployment.Admission{SectionAccess: deployment.AccessRule(f.SectionAccess), LargestApp: largest}
}

// check adds the fault that only the form can have.
func (f admissionForm) check(faults map[string]string) {
	if _, ok := deployment.ParseSize(f.LargestApp); !ok {
		faults["largestapp"] = "Enter a size with its unit, such as 5 GB or 750 MB, or nothing for no limit."
	}
}

var accessRules = []ui.Option{
	{Value: string(deployment.HoldAccess), Label: "Hold"},
	{Value: string(deployment.SendAccess), Label: "Send"},
	{Value: string(deployment.NeverAccess), Label: "Never"},
}

// mayGo are the fields of What may go.
func (p page) mayGo() []ui.Field {
	f, was := p.Form.Admission, admissionForm{}
	if p.Stored != nil {
		was = admissionOf(p.Stored.Admission)
	}
	return []ui.Field{
		p.with(ui.Field{Name: "sectionaccess", Label: "Apps with section access", Type: "select", Value: f.SectionAccess, Options: accessRules, Short: true,
			Help: "Section access names users of the site, who may be others in the tenant. Hold keeps such an app from users until somebody releases it; Never takes it out of the tenant again; what was placed before stays. Most files do not tell it: then it is read from the imported app, before anybody may open that."}, was.SectionAccess),
		p.with(ui.Field{Name: "largestapp", Label: "Largest app", Value: f.LargestApp, Short: true, Optional: true,
			Help: "Size of the app’s file, such as 5 GB. Larger ones wait, and go when this is raised. Empty means no limit."}, was.LargestApp),
	}
}
