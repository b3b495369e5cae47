package distribution

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/tenant"
)

// ErrLost says that a run no longer holds its delivery: it was cancelled, superseded, retried or finished meanwhile.
// The run stops without touching anything.
var ErrLost = errors.New("the delivery is no longer held by this run")

// ErrWanted says that a delivery is wanted again that a run was about to end because nobody wanted it. The run is made anew.
var ErrWanted = errors.New("the delivery is wanted again")

// Store is what the engine needs of the database. Every method is one transaction.
type Store interface {
	// DecideEvent plans the next apps of an event, at most a page, writes what the plan says, with the jobs, and tells
	// whether apps remain. An event that is decided already is no error and has nothing left.
	DecideEvent(ctx context.Context, eventID string, plan func(Situation) Plan) (more bool, err error)
	// LoadWork reads a delivery with all that a run needs. It gives ErrLost when the ticket is not the current one or
	// the delivery is closed.
	LoadWork(ctx context.Context, deliveryID string, ticket int64) (Work, error)
	// Held gives a delivery, or ErrLost, as LoadWork does, and reads nothing else.
	Held(ctx context.Context, deliveryID string, ticket int64) (Delivery, error)
	// Policies gives the enabled policies as they are now.
	Policies(ctx context.Context) ([]policy.Policy, error)
	// Save writes the delivery and its attempt (upserted by number; skipped when Number is 0) and records the change of
	// state. It gives ErrLost when d.Ticket is not the current ticket, and refuses a move that is not legal. A delivery
	// in state Retrying gets a job for NextTry. It gives ErrWanted when d.Unwanted is set and the stored one is wanted again.
	Save(ctx context.Context, d Delivery, a Attempt) error
	// Place is Save for the end: the delivery is distributed, its attempt ended, and the placement recorded. One that nobody wants
	// any more (Unwanted) is cancelled for that, and its placement is left.
	Place(ctx context.Context, d Delivery, a Attempt, p Placement) error
	// Overtake closes the open deliveries of the same app and deployment that were decided before this one and may be overtaken
	// (Delivery.MayBeOvertaken) as of a moment before which all that was sent has settled, and makes this one overdue when their work
	// was in vain. It says whether one remains that goes first. It gives ErrLost as Save does.
	Overtake(ctx context.Context, d Delivery, settled time.Time) (blocked bool, err error)
	// BeginImport is Save for a delivery whose import is sent next, at d.ImportStarted: in the same transaction it counts one
	// more among the tenant's imports of that UTC day, so that no crash uncounts it. When allowed are used already (negative:
	// no limit), or the tenant has said that its day is spent, it saves nothing and gives false.
	BeginImport(ctx context.Context, d Delivery, a Attempt, tenantID string, allowed int) (begun bool, err error)
	// TakeBackImport uncounts an import that was counted at a moment and that the tenant surely did not make; with
	// spentUntil, the tenant said that it takes none until then.
	TakeBackImport(ctx context.Context, tenantID string, at, spentUntil time.Time) error
	// BindTenant binds the tenant's own id to the deployment at the first success. It gives a fault.Conflict when another
	// deployment is bound to it.
	BindTenant(ctx context.Context, deploymentID, tenantID string) error
	// SavePaused is Save for a delivery that is paused together with its whole deployment, for a cause that the engine
	// found, with one audit record. A run that has lost its delivery pauses nothing: what it found may be out of date.
	SavePaused(ctx context.Context, d Delivery, a Attempt, p deployment.Pause) error
	// EndPause resumes a deployment that is still paused for a cause that the engine found.
	EndPause(ctx context.Context, deploymentID string, cause Cause) error
	// BeginSpace notes that a managed space is about to be made, UnfinishedSpace says whether that is noted, and FinishSpace
	// ends the note: with made, our space has its members.
	BeginSpace(ctx context.Context, tenantID, name string) error
	UnfinishedSpace(ctx context.Context, tenantID, name string) (bool, error)
	FinishSpace(ctx context.Context, deploymentID, tenantID, name string, made bool) error
	// OpenDeliveries gives those of the ids that are open deliveries.
	OpenDeliveries(ctx context.Context, ids []string) (map[string]bool, error)
	// HeldByOther says whether an app of the tenant is, or may be, that of another app of the site than the delivery's: it is
	// placed as that, or an import of another app by the same name (d.SentName) was sent and has not been seen to arrive.
	HeldByOther(ctx context.Context, d Delivery, tenantID, remoteID string) (bool, error)
	// Imported gives the ids of the apps that deliveries of the same app and deployment have imported, as far as they are kept.
	Imported(ctx context.Context, d Delivery) ([]string, error)
	// MayHaveCopies gives placements in spaces of a deployment's tenant of which a second copy may be there: placed first after a
	// moment by more than one attempt, or with a warning of one (SecondCopy); at most 200, the newest first.
	MayHaveCopies(ctx context.Context, d deployment.Deployment, since time.Time) ([]Placement, error)
	// Warn writes the warnings of a placement, unless it was refreshed since it was read.
	Warn(ctx context.Context, p Placement) error
	// SpoolEntry, PutSpoolEntry and the like keep the index of the spool.
	SpoolEntries(ctx context.Context) ([]SpoolEntry, error)
	PutSpoolEntry(ctx context.Context, e SpoolEntry) error
	DropSpoolEntry(ctx context.Context, key string) error
	ExportWanted(ctx context.Context, appID string) (bool, error)
}

// Source is where apps come from.
type Source interface {
	// Export opens the app's file as it is now. The caller closes it. A fault.NotFound says the app or its file is gone.
	Export(ctx context.Context, appID string) (Export, error)
}

// NotNow is what a Source answers when an export has to wait: the delivery tries again then, and it counts as no failure.
type NotNow struct {
	Why  string // a sentence for people
	Wait time.Duration
}

// Error implements error.
func (n *NotNow) Error() string { return n.Why }

// Export is an open export of an app.
type Export struct {
	io.ReadCloser
	Size    int64            // bytes, -1 when not known before the end
	Version site.DataVersion // of the data in the file
	Path    string           // a local file that never changes, so that the spool may link it; empty: there is none
	SHA256  string           // of that file; empty: not known
}

// Tenant is one tenant's API, signed in for one deployment. *tenant.Client is one.
type Tenant interface {
	TenantID(ctx context.Context) (string, error)
	CreateUpload(ctx context.Context, filename string, size int64, ttl time.Duration) (string, error)
	UploadOffset(ctx context.Context, uploadURL string) (int64, error)
	UploadChunk(ctx context.Context, uploadURL string, offset int64, body io.Reader, n int64) (int64, error)
	ImportStaged(ctx context.Context, appID, name, fileID string) (tenant.App, error)
	ImportNew(ctx context.Context, name, fileID, spaceID string) (tenant.App, error)
	ImportStagedFile(ctx context.Context, appID, name string, f tenant.File) (tenant.App, error)
	ImportNewFile(ctx context.Context, name, spaceID string, f tenant.File) (tenant.App, error)
	App(ctx context.Context, id string) (tenant.App, error)
	SetAttributes(ctx context.Context, id, name, description string) (tenant.App, error)
	DeleteApp(ctx context.Context, id string) error
	Publish(ctx context.Context, id, spaceID, name, description string) (tenant.App, error)
	Republish(ctx context.Context, id, targetID, name, description string) (tenant.App, error)
	FindApps(ctx context.Context, f tenant.AppFilter) ([]tenant.App, error)
	Space(ctx context.Context, id string) (tenant.Space, error)
	FindSpace(ctx context.Context, name, kind string) (tenant.Space, bool, error)
	CreateSpace(ctx context.Context, name, kind, description string) (tenant.Space, error)
	AddSpaceMember(ctx context.Context, spaceID string, m tenant.SpaceMember) error
	SetSpace(ctx context.Context, id, spaceID string) (tenant.App, error)
	SetOwner(ctx context.Context, id, userID string) (tenant.App, error)
	FindUser(ctx context.Context, field, value string) (tenant.User, bool, error)
	FindGroup(ctx context.Context, name string) (tenant.Group, bool, error)
	Item(ctx context.Context, appID string) (tenant.Item, bool, error)
	AppMemory(ctx context.Context) (int64, error)
	FindCollection(ctx context.Context, name string) (tenant.Collection, bool, error)
	CreateCollection(ctx context.Context, name string) (tenant.Collection, error)
	AddToCollection(ctx context.Context, collectionID, itemID string) error
	RemoveFromCollection(ctx context.Context, collectionID, itemID string) error
}

// Tenants gives the client of a deployment, signed in with its present key or secret.
type Tenants interface {
	Tenant(ctx context.Context, d deployment.Deployment) (Tenant, error)
}

// SpoolEntry is one exported file in the spool, a cache: it names its node and has its hash.
type SpoolEntry struct {
	Key    string // app id and data version
	Node   string
	Path   string // relative to the spool folder
	Size   int64
	SHA256 string
	Used   time.Time
}

// Situation is what a plan for one app is made of: everything as of one transaction.
type Situation struct {
	Event       Event
	App         *site.App // nil: deleted from the site
	AppID       string
	Policies    []policy.Policy
	Deployments []deployment.Deployment // all, disabled ones too
	Deliveries  []Delivery              // of this app: every open one, and the current one of each deployment
	Placements  []Placement             // of this app
	Now         time.Time
}

// Plan is what a decision does, for one app.
type Plan struct {
	Start     []Delivery     // new ones, State Waiting; the store gives id, ticket and times, and makes them current
	Supersede []string       // ids of deliveries that something newer overtakes
	Cancel    []Cancellation // deliveries that nobody wants any more; see Delivery.MayHaveMade
	Spare     []string       // ids of cancelled ones that have not ended yet and are wanted again
	Leave     []Leaving      // placements that are no longer kept up to date
	TakeUp    []string       // tenant ids of left placements that are kept up to date again
}

// Cancellation ends a delivery that is open or has failed: at once, or when it is known what it has made in the tenant.
type Cancellation struct {
	DeliveryID string
	Why        string
}

// Leaving marks a placement as left in its tenant.
type Leaving struct {
	TenantID string
	Why      string
}
