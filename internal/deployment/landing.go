package deployment

// LandBy says how the managed space of an app is found.
type LandBy string

// The ways to find the managed space.
const (
	ByOne      LandBy = ""         // one space for all apps
	ByStream   LandBy = "stream"   // by the app's stream
	ByProperty LandBy = "property" // by the app's value of a custom property
)

// OwnerRule says who owns the apps in the tenant.
type OwnerRule string

// The rules for owners.
const (
	OwnerService OwnerRule = ""      // whoever signs in to the tenant
	OwnerSame    OwnerRule = "email" // the user with the e-mail, else the subject, of the app's owner at the site
	OwnerFixed   OwnerRule = "fixed" // always the same user
)

// TransitSpace is the shared space that apps are imported into before they are published.
const TransitSpace = "Skyferry transit"

// Landing says where apps land in a tenant that they are published in, and as what. Staged apps land in no space: an
// administrator of the tenant sets it there.
type Landing struct {
	By        LandBy
	Property  string // name of the custom property, ByProperty
	Space     string // pattern of the managed space's name
	Create    bool   // a missing space is made; else the delivery pauses
	Members   []Member
	AppName   string // pattern of the app's name in the tenant; empty means DefaultAppName
	Owner     OwnerRule
	OwnerUser string // e-mail or id of the user, OwnerFixed
}

// DefaultAppName names an app as at the site.
const DefaultAppName = "{name}"

// Managed says whether apps are published into managed spaces. The local bearer token alone may not publish: with it they are
// staged (design.md section 5).
func (d Deployment) Managed() bool { return d.Auth != LocalBearer && d.Auth != "" }
