package deployments

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/secret"
)

// defaultSpace is the managed space of a deployment whose form names none.
const defaultSpace = "Skyferry"

// form is what stands in the fields. Client secret and API key go in and never come out again.
type form struct {
	ID            string // empty: a new one
	Draft         string // id of the key draft; empty where the deployment has its key
	Version       int64
	Name          string
	Endpoint      string
	Audience      string
	Local         bool
	SignIn        string // the way of signing in where Local is not chosen
	ClientID      string
	SecretExpires string // a day, or empty
	TokenEndpoint string
	Landing       landingForm
	Admission     admissionForm
	Limits        limitsForm
	Kind          string
	HoldAbove     string // a number, or empty
	Contact       string
	Note          string
	Confirm       string // the name, typed once more
	Refused       string // why nothing was saved; empty when nothing was refused
	Faults        map[string]string

	clientSecret secret.Text
	apiKey       secret.Text
}

func newForm(draft string) form {
	return form{Draft: draft, Audience: deployment.DefaultAudience, Local: true, SignIn: string(deployment.ClientCredentials), Landing: newLanding(), Limits: newLimits(), HoldAbove: strconv.Itoa(deployment.DefaultHold)}
}

func formOf(d deployment.Deployment, draft string) form {
	f := form{
		ID: d.ID, Draft: draft, Version: d.Version, Name: d.Name, Endpoint: d.Endpoint, Audience: d.Audience,
		Local: d.Auth == deployment.LocalBearer, SignIn: string(d.Auth), ClientID: d.ClientID, TokenEndpoint: d.TokenEndpoint, Landing: landingOf(d), Admission: admissionOf(d.Admission), Limits: limitsOf(d.Limits),
		Kind: string(d.Kind), Contact: d.Contact, Note: d.Note,
	}
	if d.HoldAbove != nil {
		f.HoldAbove = strconv.Itoa(*d.HoldAbove)
	}
	if f.Local {
		f.SignIn = string(deployment.ClientCredentials)
	}
	if !d.SecretExpires.IsZero() {
		f.SecretExpires = d.SecretExpires.Format(time.DateOnly)
	}
	return f
}

// decode reads the fields as they were sent. Only outer blanks go.
func decode(id string, values url.Values) form {
	text := func(name string) string { return strings.TrimSpace(values.Get(name)) }
	version, _ := strconv.ParseInt(text("version"), 10, 64) // no number is version 0, which is always stale
	return form{
		ID: id, Draft: text("draft"), Version: version, Name: text("name"), Endpoint: text("endpoint"), Audience: text("audience"),
		Local: values.Has("local"), SignIn: cmp.Or(text("signin"), string(deployment.ClientCredentials)),
		ClientID: text("clientid"), SecretExpires: text("secretexpires"), TokenEndpoint: text("tokenendpoint"), Landing: decodeLanding(values), Admission: decodeAdmission(values), Limits: decodeLimits(values),
		Kind: text("kind"), HoldAbove: text("hold"), Contact: text("contact"), Note: text("note"), Confirm: text("confirm"),
		clientSecret: secret.Text(text("clientsecret")), apiKey: secret.Text(text("apikey")),
	}
}

// check fills the faults. stored is the deployment as it is, nil for a new one.
func (f *form) check(stored *deployment.Deployment) bool {
	if stored == nil {
		stored = &deployment.Deployment{}
	}
	wanted := f.apply(*stored)
	f.Faults = wanted.Check()
	f.Landing.check(f.Faults, *stored, wanted)
	f.Admission.check(f.Faults)
	if _, ok := f.limit(); !ok {
		f.Faults["hold"] = "Enter a whole number from 0 to 1,000,000, or nothing for no limit."
	}
	if _, ok := f.secretEnds(); !ok {
		f.Faults["secretexpires"] = "Enter a day such as 2027-03-31, or nothing."
	}
	f.checkKept(*stored)
	return len(f.Faults) == 0
}

// checkKept demands a secret where none is stored. A stored one is kept when the field is empty; a deployment that signed in
// otherwise until now has none.
func (f *form) checkKept(stored deployment.Deployment) {
	switch auth := f.auth(); {
	case auth == stored.Auth:
	case auth == deployment.ClientCredentials && f.clientSecret == "":
		f.Faults["clientsecret"] = "Enter the client secret of the tenant’s OAuth client."
	case auth == deployment.APIKey && f.apiKey == "":
		f.Faults["apikey"] = "Enter the API key, as the tenant showed it once."
	}
}

// auth is the way of signing in that is chosen.
func (f form) auth() deployment.Auth {
	if f.Local {
		return deployment.LocalBearer
	}
	return deployment.Auth(f.SignIn)
}

// secretEnds reads the day on which the client secret ends: it is good until that day begins in UTC.
func (f form) secretEnds() (day time.Time, ok bool) {
	if f.SecretExpires == "" || f.auth() != deployment.ClientCredentials {
		return time.Time{}, true
	}
	day, err := time.Parse(time.DateOnly, f.SecretExpires)
	return day, err == nil && day.Year() >= 2000
}

// limit reads above how many new apps they are held.
func (f form) limit() (limit *int, ok bool) {
	if f.HoldAbove == "" {
		return nil, true
	}
	n, err := strconv.Atoi(f.HoldAbove)
	return &n, err == nil && n >= 0 && n <= 1_000_000
}

// apply gives the deployment as the form wants it. What only the other ways of signing in need is dropped.
func (f form) apply(to deployment.Deployment) deployment.Deployment {
	to.Version, to.Name, to.Endpoint, to.Audience = f.Version, f.Name, canonical(f.Endpoint), f.Audience
	to.HoldAbove, _ = f.limit()
	to.Admission = f.Admission.admission()
	to.Limits = f.Limits.limits()
	to.Kind, to.Contact, to.Note = deployment.Kind(f.Kind), f.Contact, f.Note
	to.Auth, to.ClientID, to.ClientSecret, to.TokenEndpoint, to.APIKey, to.Landing = f.auth(), "", "", "", "", deployment.Landing{}
	to.SecretExpires, _ = f.secretEnds()
	switch to.Auth {
	case deployment.ClientCredentials:
		to.ClientID, to.ClientSecret, to.TokenEndpoint = f.ClientID, f.clientSecret, f.TokenEndpoint
	case deployment.APIKey:
		to.APIKey = f.apiKey
	}
	if !f.Local {
		to.Landing = f.Landing.landing()
	}
	return to
}

// canonical is the endpoint's origin; a text that is none stays, for the fault to name it.
func canonical(endpoint string) string {
	if origin, err := deployment.Origin(endpoint); err == nil {
		return origin
	}
	return endpoint
}
