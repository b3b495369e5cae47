package deployments

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/secret"
)

// defaultSpace is the managed space of a deployment whose form names none.
const defaultSpace = "Skyferry"

// form is what stands in the fields. The client secret goes in and never comes out again.
type form struct {
	ID            string // empty: a new one
	Draft         string // id of the key draft; empty where the deployment has its key
	Version       int64
	Name          string
	Endpoint      string
	Audience      string
	Local         bool
	ClientID      string
	TokenEndpoint string
	Landing       landingForm
	Kind          string
	HoldAbove     string // a number, or empty
	Contact       string
	Note          string
	Confirm       string // the name, typed once more
	Refused       string // why nothing was saved; empty when nothing was refused
	Faults        map[string]string

	clientSecret secret.Text
}

func newForm(draft string) form {
	return form{Draft: draft, Audience: deployment.DefaultAudience, Local: true, Landing: newLanding(), HoldAbove: strconv.Itoa(deployment.DefaultHold)}
}

func formOf(d deployment.Deployment, draft string) form {
	f := form{
		ID: d.ID, Draft: draft, Version: d.Version, Name: d.Name, Endpoint: d.Endpoint, Audience: d.Audience,
		Local: d.Auth == deployment.LocalBearer, ClientID: d.ClientID, TokenEndpoint: d.TokenEndpoint, Landing: landingOf(d),
		Kind: string(d.Kind), Contact: d.Contact, Note: d.Note,
	}
	if d.HoldAbove != nil {
		f.HoldAbove = strconv.Itoa(*d.HoldAbove)
	}
	return f
}

// decode reads the fields as they were sent. Only outer blanks go.
func decode(id string, values url.Values) form {
	text := func(name string) string { return strings.TrimSpace(values.Get(name)) }
	version, _ := strconv.ParseInt(text("version"), 10, 64) // no number is version 0, which is always stale
	return form{
		ID: id, Draft: text("draft"), Version: version, Name: text("name"), Endpoint: text("endpoint"), Audience: text("audience"),
		Local: values.Has("local"), ClientID: text("clientid"), TokenEndpoint: text("tokenendpoint"), Landing: decodeLanding(values),
		Kind: text("kind"), HoldAbove: text("hold"), Contact: text("contact"), Note: text("note"), Confirm: text("confirm"),
		clientSecret: secret.Text(text("clientsecret")),
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
	if _, ok := f.limit(); !ok {
		f.Faults["hold"] = "Enter a whole number from 0 to 1,000,000, or nothing for no limit."
	}
	// A stored secret is kept when the field is empty; a deployment that used its token until now has none.
	if !f.Local && stored.Auth == deployment.LocalBearer && f.clientSecret == "" {
		f.Faults["clientsecret"] = "Enter the client secret of the tenant’s OAuth client."
	}
	return len(f.Faults) == 0
}

// limit reads above how many new apps they are held.
func (f form) limit() (limit *int, ok bool) {
	if f.HoldAbove == "" {
		return nil, true
	}
	n, err := strconv.Atoi(f.HoldAbove)
	return &n, err == nil && n >= 0 && n <= 1_000_000
}

// apply gives the deployment as the form wants it. What only the other way of signing in needs is dropped.
func (f form) apply(to deployment.Deployment) deployment.Deployment {
	to.Version, to.Name, to.Endpoint, to.Audience = f.Version, f.Name, canonical(f.Endpoint), f.Audience
	to.HoldAbove, _ = f.limit()
	to.Kind, to.Contact, to.Note = deployment.Kind(f.Kind), f.Contact, f.Note
	if f.Local {
		to.Auth, to.ClientID, to.ClientSecret, to.TokenEndpoint, to.Landing = deployment.LocalBearer, "", "", "", deployment.Landing{}
		return to
	}
	to.Auth, to.ClientID, to.ClientSecret, to.TokenEndpoint = deployment.ClientCredentials, f.ClientID, f.clientSecret, f.TokenEndpoint
	to.Landing = f.Landing.landing()
	return to
}

// canonical is the endpoint's origin; a text that is none stays, for the fault to name it.
func canonical(endpoint string) string {
	if origin, err := deployment.Origin(endpoint); err == nil {
		return origin
	}
	return endpoint
}
