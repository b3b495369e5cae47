package distribution

import (
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
)

// Tab is a tab of the status page.
type Tab string

// The tabs of the status page (design.md section 6).
const (
	TabAttention   Tab = "attention" // failed, paused, retrying for the third time or more
	TabProgress    Tab = "progress"  // exporting, uploading, importing, placing
	TabWaiting     Tab = "waiting"   // waiting, retrying
	TabDistributed Tab = "distributed"
	TabLeft        Tab = "left"
	TabAll         Tab = "all"
)

// StatusRow is one line of the status page: one app in one deployment.
type StatusRow struct {
	Delivery     Delivery // the current one; its ID is empty for a placement without any
	Attempts     int
	Shown        State // the delivery's state, or LeftInTenant
	Deployment   DeploymentRef
	DataAtSite   time.Time // zero: never reloaded, or the app is gone
	DataInTenant time.Time // zero: nothing there, or never reloaded
	InTenant     bool
	Behind       time.Duration // how much older the tenant's data is; 0 when up to date
	SpaceName    string        // where it is, empty: staged (if InTenant)
	Placement    *Placement
}

// DeploymentRef names a deployment wherever it is mentioned: name, Kind and host, always in this order.
type DeploymentRef struct {
	ID   string
	Name string
	Kind deployment.Kind
	Host string
}

// StatusFilter chooses rows of the status page.
type StatusFilter struct {
	Tab        Tab
	Deployment string // id
	Stream     string // name
	State      State
	Cause      Cause
	Search     string // part of the app's or the stream's name
	AppID      string
	Sort       string // app, deployment, state, attempts, changed (default, newest first)
	Descending bool
	After      string // opaque cursor from StatusPage.Next
	Limit      int    // at most 200; 0 means 50
}

// StatusPage is one page of rows, with the counts of all tabs under the same filter.
type StatusPage struct {
	Rows   []StatusRow
	Folds  []Fold // equal causes, only on the first page of the tabs attention and all
	Counts map[Tab]int
	Total  int
	Next   string // cursor of the next page; empty at the end
}

// Fold is a group of rows in one deployment with one cause.
type Fold struct {
	Deployment DeploymentRef
	State      State // Failed, Paused or Retrying
	Cause      Cause
	Message    string // of the newest one
	Count      int
	Since      time.Time
	Rows       []StatusRow // the two newest
}

// Summary answers "is all well?" for one deployment; see the start page.
type Summary struct {
	Deployment  deployment.Deployment
	Waiting     int
	Working     int
	Retrying    int
	Paused      int
	Failed      int
	InTenant    int
	Left        int
	OldestData  time.Duration // the largest lag of any placed app, or of a waiting first delivery; 0: up to date
	SentToday   int
	BytesToday  int64
	Imports     Imports
	WaitingFrom time.Time // since when the oldest open delivery waits; zero: none
}

// Untried says that nothing was sent to the deployment yet: nobody knows whether its tenant answers.
func (s Summary) Untried() bool { return s.Deployment.TenantID == "" && s.InTenant == 0 }

// Detail is everything about one row.
type Detail struct {
	Row         StatusRow
	Attempts    []Attempt
	Transitions []Transition
	Versions    []Delivery // earlier deliveries of the same app to the same deployment, newest first, at most 20
	EventNote   string
	Release     *Release // nil: nobody has released its section access
}
