package deployment

import (
	"maps"
	"strings"
	"unicode/utf8"
)

// Longest texts of a deployment, in characters.
const (
	maxName = 255
	maxText = 2000
	maxKey  = 8000 // a JWT; it has to fit into a header
)

// Check looks for faults and gives a message for each field that has one, by the form's field names: name, endpoint,
// audience, signin, clientid, clientsecret, tokenendpoint, apikey, kind, contact, note, and those of the landing: landby,
// landproperty, space, appname, owner, owneruser, of the admission: sectionaccess, largestapp, and of the limits: plan, imports, bandwidth, direct, chunk, uploadlife. An empty ClientSecret is a fault only for a deployment that has no ID yet: later it means "keep the stored one".
func (d Deployment) Check() map[string]string {
	faults := map[string]string{}
	d.checkBasics(faults)
	switch d.Auth {
	case ClientCredentials:
		d.checkCredentials(faults)
	case APIKey:
		d.checkAPIKey(faults)
	}
	if d.Managed() {
		maps.Copy(faults, d.Landing.Check())
	}
	d.Limits.check(faults)
	maps.Copy(faults, d.Admission.Check())
	tooLong(faults, "contact", d.Contact, maxText)
	tooLong(faults, "note", d.Note, maxText)
	return faults
}

func (d Deployment) checkBasics(faults map[string]string) {
	required(faults, "name", d.Name, "Enter a name. Policies compare it with subject.name.")
	if strings.ContainsAny(d.Name, "\"\r\n\t") {
		faults["name"] = "Leave quotation marks and line breaks out of the name: policies could not name the deployment."
	}
	if _, err := Origin(d.Endpoint); err != nil {
		faults["endpoint"] = err.Error()
	}
	required(faults, "audience", d.Audience, "Enter the audience; Qlik's help says "+DefaultAudience+".")
	switch d.Kind {
	case Unspecified, Production, Test, Sandbox:
	default:
		faults["kind"] = "Choose Production, Test, Sandbox or leave the kind open."
	}
	switch d.Auth {
	case LocalBearer, ClientCredentials, JWTProvider, APIKey:
	default:
		faults["signin"] = "Choose how to sign in: client credentials, JWT identity provider or API key."
	}
}

func (d Deployment) checkCredentials(faults map[string]string) {
	required(faults, "clientid", d.ClientID, "Enter the client ID of the tenant's OAuth client.")
	if d.ID == "" && strings.TrimSpace(d.ClientSecret.Reveal()) == "" {
		faults["clientsecret"] = "Enter the client secret of the tenant's OAuth client."
	}
	tooLong(faults, "clientsecret", d.ClientSecret.Reveal(), maxText)
	if _, err := parseAddress(d.TokenEndpoint); err != nil {
		faults["tokenendpoint"] = "Enter the token endpoint, such as https://my-tenant.eu.qlikcloud.com/oauth/token."
	}
}

func (d Deployment) checkAPIKey(faults map[string]string) {
	key := d.APIKey.Reveal()
	switch {
	case d.ID == "" && key == "":
		faults["apikey"] = "Enter the API key, as the tenant showed it once."
	case strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }):
		faults["apikey"] = "An API key is one word of letters, digits and marks. Copy it again, without anything around it."
	case utf8.RuneCountInString(key) > maxKey:
		faults["apikey"] = "This is longer than an API key can be. Copy it again, without anything around it."
	}
}

func required(faults map[string]string, field, value, message string) {
	if strings.TrimSpace(value) == "" {
		faults[field] = message
		return
	}
	tooLong(faults, field, value, maxName)
}

func tooLong(faults map[string]string, field, value string, limit int) {
	if utf8.RuneCountInString(value) > limit {
		faults[field] = "This is too long; shorten it."
	}
}
