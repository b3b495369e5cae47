package distribution

import (
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/tenant"
)

// Delivery is one data version, or one change of metadata, on its way to one deployment.
type Delivery struct {
	ID           string
	AppID        string
	AppName      string // as of the decision
	StreamName   string // as of the decision
	DeploymentID string
	State        State
	Stage        State // the last working state reached (exporting, uploading, importing, placing): where it failed or waits
	MetadataOnly bool  // no data is sent: name, owner, properties or tags changed
	Forced       bool  // an admin asked for it, so unchanged data is sent all the same
	Version      site.DataVersion
	MetaHash     string // of the metadata to be set; see MetaHash
	Why          Why
	EventID      string
	HoldID       string // the Hold that keeps it, or kept it before; empty: none
	Ticket       int64  // the lease token: every step that touches the tenant or the row must hold the current one

	Tries   int       // tries so far that count against the retry schedule
	NextTry time.Time // when State is Retrying
	Cause   Cause     // when State is Retrying, Paused, Failed or Cancelled
	Message string    // what happened, for people
	Status  int       // HTTP status of the last failure; 0 if none
	TraceID string    // the tenant's trace id of the last failure

	Size      int64  // bytes of the exported file; 0 before the export
	SHA256    string // of the exported file; empty before the export
	UploadURL string
	Uploaded  int64  // bytes that the tenant has acknowledged
	FileID    string // temporary content, once the upload is complete
	// ImportStarted is the moment a create (the import, or after it the publish) was last sent: from then on something may
	// be in the tenant, and the delivery is no longer superseded. The settle time counts from it. It is zero again when the
	// tenant surely did nothing. A change of metadata sets it too, so that deliveries of one app never overlap.
	ImportStarted time.Time
	FirstImport   time.Time          // when an import of this delivery was first sent; what is older in the tenant is not of it
	Intermediate  string             // remote id of the imported app that waits to be published (managed space) or named (staged)
	SentName      string             // the name that an import or publish was last sent with: an unknown outcome is looked up by it
	PublishedID   string             // remote id of the app that a publish surely made or refreshed; it is not published again
	SectionAccess site.SectionAccess // of the imported app, as the tenant tells
	// Collections are those that this delivery adds the app to, noted before each call: what we added is ours to remove.
	Collections []tenant.Collection
	Before      []Mark   // what the tenant had before the last staged import was sent; nil: nobody looked
	Naming      *Naming  // a change of name and description whose outcome is not known; nil: none
	Warnings    []string // about the space that it made, which no later run looks at again; for the placement
	// Unwanted is why nobody wants it any more, while it is not known yet what it has made in the tenant; UnwantedCause is whether
	// that is a decision (NotWanted) or somebody's word (CancelledByAdmin). Runs do not write them; see ErrWanted.
	Unwanted      string
	UnwantedCause Cause
	Overdue       bool // something before it was superseded after its work had begun; see GoesFirst

	Created  time.Time
	Changed  time.Time
	Finished time.Time // zero while open
}

// Why is the reason for a delivery, as of the decision.
type Why struct {
	PolicyID      string `json:"policyId"`
	PolicyName    string `json:"policyName"`
	PolicyVersion int64  `json:"policyVersion"`
	Because       string `json:"because"` // the part of the condition that matched, with the values seen
}

// Attempt is the record of one try of a delivery.
type Attempt struct {
	DeliveryID string
	Number     int // from 1
	Started    time.Time
	Ended      time.Time // zero while it runs
	Stage      State
	Bytes      int64 // sent in this attempt
	Status     int
	TraceID    string
	Error      string // empty when it went well
}

// Transition is one change of a delivery's state.
type Transition struct {
	At       time.Time
	From, To State
	By       string // user name, or "Skyferry"
	Note     string
	Cause    Cause // why it does not go on since; NoCause when it does, or in older records
}

// Placement is what a tenant holds of one app of the site. It belongs to the tenant's id, not to the deployment's name.
type Placement struct {
	AppID        string
	AppName      string
	TenantID     string
	DeploymentID string // the deployment that placed it last; may be deleted since
	RemoteID     string // the app's id in the tenant
	RemoteName   string
	SpaceID      string // empty: staged
	SpaceName    string
	SpaceRule    string              // which rule chose the space: see LandingOf; or SetInTenant; empty: staged, or not known any more
	MoveTo       string              // the space that somebody confirmed to move it to; empty: none
	Collections  []tenant.Collection // that we added it to
	Owner        string              // the user that we made its owner; empty: whoever signs in
	Warnings     []string            // what could not be done and is no reason to fail, as sentences
	Version      site.DataVersion
	MetaHash     string
	SHA256       string
	Size         int64
	Memory       int64 // bytes that it takes in memory there; 0: not told
	MemoryLimit  int64 // what the tenant allows one app; 0: no limit, or not told

	SectionAccess site.SectionAccess
	Placed        time.Time // first time
	Refreshed     time.Time // last time data or metadata arrived
	Left          time.Time // zero: kept up to date; else since when it is left in the tenant
	LeftWhy       string
	Adopted       time.Time // since when it is linked to an app that the tenant held before us; zero: we placed it
	Marked        bool      // the copy that the tenant held before us is left as it is, see Left and LeftWhy: nothing is placed beside it
}

// Untouched says whether the placement is only a link: the app was in the tenant before us, and nothing was sent to it yet.
func (p *Placement) Untouched() bool {
	return p != nil && !p.Adopted.IsZero() && !p.Marked && p.SHA256 == ""
}

// Event is a publish event, or a change of configuration that makes many decisions.
type Event struct {
	ID      string
	Kind    EventKind
	AppID   string // empty: all apps that are published or placed
	AppName string
	Note    string // what happened, for people: `policy "Finance to eu" applied`
	Actor   string
	Cursor  string // last app id decided, for events of many apps
	Created time.Time
	Decided time.Time // zero: not yet
}

// EventKind is a kind of publish event, or one of the configuration events below.
type EventKind = site.EventKind

// The configuration events that make decisions for many apps (design.md section 3).
const (
	PolicyChanged     EventKind = "policy-changed"
	DeploymentChanged EventKind = "deployment-changed"
	SiteChanged       EventKind = "site-changed" // a stream, an owner or a custom property that apps use
)

// Work is all that one run of a delivery needs, read in one transaction.
type Work struct {
	Delivery   Delivery
	Attempt    Attempt // the open attempt; Number 0 if none is open
	Attempts   int     // number of the newest attempt, open or ended; 0: none yet
	App        *site.App
	Deployment deployment.Deployment
	Placement  *Placement // what the bound tenant holds of this app
	Release    *Release   // nil: nobody has released the app's section access for the bound tenant
	// SectionAccess is what the site tells of the app, or else what a tenant told of the same data version.
	SectionAccess site.SectionAccess
	PausedAll     *deployment.Pause
	Imports       Imports // of the bound tenant; only what a run needs: Used and SpentUntil
	Older         bool    // there is an older open delivery of the same app and deployment; see Store.Overtake
	// Strays are the closed deliveries of the same app to the same deployment that may have left an imported app behind:
	// past the start of an import, not distributed, finished since the newest distributed one; at most 20. A cancel in the
	// middle makes them; the next delivery takes up or removes what they left.
	Strays []Stray
}

// Stray is a closed delivery whose imported app may still be in the tenant.
type Stray struct {
	DeliveryID  string
	RemoteID    string              // its Intermediate; empty when the outcome of its import was never known
	SentName    string              // what it may have been published as
	Collections []tenant.Collection // that it may have added the app to
	Since       time.Time           // its ImportStarted
}
