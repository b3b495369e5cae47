// Package deployment is about deployments: named targets, each one Qlik Cloud tenant, with the way to sign in there,
// its landing place and its pause. It also makes the local bearer token.
package deployment

import (
	"time"

	"github.com/skyferry/skyferry/internal/secret"
)

// Auth is the way a deployment signs in at its tenant.
type Auth string

// The ways to sign in.
const (
	LocalBearer       Auth = "local-bearer"       // JWTs signed with our own key, trusted by a multi-cloud identity provider
	ClientCredentials Auth = "client-credentials" // OAuth 2.0 machine-to-machine (qlik-cloud-api.md section 2.2)
	JWTProvider       Auth = "jwt-provider"       // sessions opened by JWTs that we sign (qlik-cloud-api.md section 2.1)
	APIKey            Auth = "api-key"            // a key that the tenant gave a user; for tests (qlik-cloud-api.md section 2.3)
)

// Words names the way as the pages do; empty for none.
func (a Auth) Words() string {
	switch a {
	case LocalBearer:
		return "Local bearer token"
	case ClientCredentials:
		return "Client credentials"
	case JWTProvider:
		return "JWT identity provider"
	case APIKey:
		return "API key"
	default:
		return ""
	}
}

// Signs says whether the deployment signs in with a key of ours.
func (a Auth) Signs() bool { return a == LocalBearer || a == JWTProvider }

// Kind tells people which tenant they are about to touch.
type Kind string

// The kinds of deployments; the zero value is "unspecified".
const (
	Unspecified Kind = ""
	Production  Kind = "Production"
	Test        Kind = "Test"
	Sandbox     Kind = "Sandbox"
)

// DefaultAudience is what Qlik's help says to enter (qlik-distribution.md section 1.1).
const DefaultAudience = "qlik.api"

// Deployment is one named target. Its Name is what policies compare with subject.name.
type Deployment struct {
	ID            string
	Name          string
	Endpoint      string // canonical origin of the tenant, such as https://acme.eu.qlikcloud.com
	Audience      string
	Auth          Auth
	ClientID      string
	ClientSecret  secret.Text // empty in a form means: keep the stored one
	TokenEndpoint string
	SecretExpires time.Time   // day on which the client secret ends, as somebody entered it; zero: not known
	APIKey        secret.Text // empty in a form means: keep the stored one
	Landing       Landing     // where apps land; counts only for a managed one
	Limits        Limits
	Admission     Admission // which apps may go
	Kind          Kind
	Contact       string
	Note          string
	HoldAbove     *int // above how many new apps of one cause they are held for review; 0: every one; nil: no limit
	Disabled      bool
	Pause         *Pause // nil: not paused
	TenantID      string // the tenant's own id, bound at the first success; empty before
	Key           *Key   // the active signing key's public half; nil where none signs
	Next          *Key   // the key that takes over as soon as the tenant accepts it; nil when there is none
	Version       int64  // grows with every change; compared at Apply so that nobody overwrites another's change
	Created       time.Time
	Modified      time.Time
	ModifiedBy    string

	CertificateExpires time.Time // of the tenant's TLS certificate, as the last test saw it; zero: none seen
	Person             string    // whom the API key belongs to, as the last test saw it; empty: nobody, or a service account
}

// DefaultHold is above how many new apps of one cause a deployment holds them, unless somebody says otherwise.
const DefaultHold = 25

// Pause says since when, why and by whom distribution stands still.
type Pause struct {
	Since  time.Time `json:"since"`
	Reason string    `json:"reason"`
	By     string    `json:"by"`    // user name, or "Skyferry" when the console paused by itself
	Cause  string    `json:"cause"` // code of the cause when the console paused by itself (such as "token-refused"); else empty
}

// ObserveOnly is the cause of what stands for a pause while the site is only observed: everything is decided, nothing is sent.
const ObserveOnly = "observe-only"

// Observing says whether this is no pause that somebody made, but the site being only observed.
func (p *Pause) Observing() bool { return p != nil && p.Cause == ObserveOnly }

// Key is the public half of a signing key. The issuer is unique per key, so that two keys can be known to a tenant at once.
type Key struct {
	ID        string // kid of the JWTs
	Issuer    string
	PublicPEM string
	// Certificate is the public half once more, as a self-signed certificate; empty for a key that was made without.
	Certificate string
	Created     time.Time
}

// Draft is a key made for a deployment that is not applied yet. It lives 24 hours.
type Draft struct {
	ID      string
	Key     Key
	Expires time.Time
}

// DraftLife is how long a draft waits for its Apply.
const DraftLife = 24 * time.Hour

// SigningKey is a key with its private half: PKCS #8 in PEM.
type SigningKey struct {
	Key
	PrivatePEM secret.Text
}
