// Package adopt finds out what a tenant holds that we did not place, and which app of the site each copy may be. It decides
// nothing: somebody has to.
package adopt

import (
	"context"
	"sync"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/tenant"
)

// The bounds of a reading.
const (
	MaxCopies = 10_000           // apps of one tenant
	readLimit = 10 * time.Minute // for all of them: 100 calls, and a tenant may ask to wait
	keepFor   = time.Hour        // how long a reading that nobody asks for stays in memory
)

// Copy is an app in a tenant.
type Copy struct {
	ID        string
	Name      string
	SpaceID   string // empty: staged, or personal
	SpaceName string // empty too when the sign-in may not see the space
	Size      int64  // bytes of its file; 0: not told
	Native    bool   // distributed from a client-managed site, says the tenant
}

// Reading is what is known of a tenant's apps.
type Reading struct {
	Busy     bool      // it is being read
	Read     int       // apps so far, while Busy
	At       time.Time // when it was read wholly; zero: it was not
	TenantID string
	Copies   []Copy
	More     bool   // there are more than MaxCopies; the others are not known
	Fault    string // why it could not be read, as a sentence
}

// Clients gives the client of a deployment, signed in.
type Clients interface {
	Client(ctx context.Context, d deployment.Deployment) (*tenant.Client, error)
}

// Binder binds a deployment to its tenant at the first success.
type Binder interface {
	BindTenant(ctx context.Context, deploymentID, tenantID string) error
}

// Reader reads tenants in the background and keeps what it read. Its methods may be called at the same time.
type Reader struct {
	clients Clients
	binder  Binder
	now     func() time.Time
	life    context.Context //nolint:containedctx // that of the console: readings outlive the request that asked for them
	end     context.CancelFunc
	work    sync.WaitGroup

	mu   sync.Mutex
	jobs map[string]*job // by deployment
}

// job is one reading of one tenant.
type job struct {
	done     chan struct{}
	endpoint string
	asked    time.Time // the last time
	found    Reading   // guarded by the reader's mutex
}

// outdated says whether the deployment goes elsewhere by now. One that failed stays as it is until somebody asks for another.
func (j *job) outdated(d deployment.Deployment) bool {
	moved := j.found.Fault == "" && d.TenantID != "" && d.TenantID != j.found.TenantID
	return !j.found.Busy && (j.endpoint != d.Endpoint || moved)
}

// NewReader makes a reader. Close ends it.
func NewReader(clients Clients, binder Binder, now func() time.Time) *Reader {
	r := &Reader{clients: clients, binder: binder, now: now, jobs: map[string]*job{}}
	r.life, r.end = context.WithCancel(context.Background())
	return r
}

// Close breaks readings off and waits for their end. It may be called twice.
func (r *Reader) Close() {
	r.end()
	r.work.Wait()
}

// Look gives what is known of a deployment's tenant, and begins to read it when nothing is.
func (r *Reader) Look(d deployment.Deployment) Reading {
	r.mu.Lock()
	defer r.mu.Unlock()
	j := r.jobs[d.ID]
	if j == nil || j.outdated(d) {
		j = r.begin(d)
	}
	j.asked = r.now()
	return j.found
}

// Again reads a tenant anew, unless that is under way. What was known is forgotten.
func (r *Reader) Again(d deployment.Deployment) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if j := r.jobs[d.ID]; j == nil || !j.found.Busy {
		r.begin(d)
	}
}

// Wait waits for the end of a reading, or of the context, and gives what is known then.
func (r *Reader) Wait(ctx context.Context, d deployment.Deployment) Reading {
	r.Look(d)
	r.mu.Lock()
	j := r.jobs[d.ID]
	r.mu.Unlock()
	select {
	case <-ctx.Done():
	case <-j.done:
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return j.found
}

// begin starts a reading and drops those that nobody asked for lately. The caller holds the mutex.
func (r *Reader) begin(d deployment.Deployment) *job {
	for id, old := range r.jobs {
		if !old.found.Busy && r.now().Sub(old.asked) > keepFor {
			delete(r.jobs, id)
		}
	}
	j := &job{done: make(chan struct{}), endpoint: d.Endpoint, asked: r.now(), found: Reading{Busy: true}}
	r.jobs[d.ID] = j
	r.work.Go(func() {
		defer close(j.done)
		ctx, cancel := context.WithTimeout(r.life, readLimit)
		defer cancel()
		found, err := r.read(ctx, d, func(n int) { r.locked(func() { j.found.Read = n }) })
		if err != nil {
			found = Reading{Fault: fault.Of(told(err)).Text}
		}
		found.At = r.now()
		r.locked(func() { j.found = found })
	})
	return j
}

// locked does something while it holds the mutex.
func (r *Reader) locked(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

// told makes a fault of the tenant's a sentence for people.
func told(err error) error {
	if tenant.CauseOf(err) != "" {
		return fault.Wrap(err, fault.Unavailable, "The apps of the tenant could not be read: %s", err.Error())
	}
	return err
}

// read reads the whole catalogue. Another tenant than the bound one is not read; at the first contact it is bound.
func (r *Reader) read(ctx context.Context, d deployment.Deployment, progress func(int)) (found Reading, err error) {
	client, err := r.clients.Client(ctx, d)
	if err != nil {
		return found, err
	}
	if found.TenantID, err = client.TenantID(ctx); err != nil {
		return found, err
	}
	if d.TenantID != "" && d.TenantID != found.TenantID {
		return found, fault.New(fault.Conflict, "%s is another tenant than before (%s instead of %s). Compare the API endpoint with the tenant.", d.Host(), found.TenantID, d.TenantID)
	}
	if err = r.binder.BindTenant(ctx, d.ID, found.TenantID); err != nil {
		return found, err
	}
	spaces, err := spaceNames(ctx, client)
	if err != nil {
		return found, err
	}
	found.More, err = client.EachApp(ctx, MaxCopies, func(part []tenant.Listed) {
		for _, app := range part {
			found.Copies = append(found.Copies, Copy{app.ID, app.Name, app.SpaceID, spaces[app.SpaceID], app.Size, app.Published})
		}
		progress(len(found.Copies))
	})
	return found, err
}

func spaceNames(ctx context.Context, client *tenant.Client) (map[string]string, error) {
	spaces, err := client.Spaces(ctx)
	names := map[string]string{}
	for _, s := range spaces {
		names[s.ID] = s.Name
	}
	return names, err
}
