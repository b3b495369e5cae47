package distribution

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
)

// job is a run that the queue still has to make.
type job struct {
	delivery string
	ticket   int64
	at       time.Time
}

// fakeStore keeps everything in memory and holds to what distribution.Store says: it checks moves and tickets.
type fakeStore struct {
	t           testing.TB
	now         func() time.Time
	apps        map[string]*site.App
	policies    []policy.Policy
	deployments []deployment.Deployment
	events      map[string]*Event
	deliveries  map[string]*Delivery
	order       []string // delivery ids, oldest first
	attempts    map[string][]Attempt
	placements  []Placement
	spool       map[string]SpoolEntry
	pausedAll   *deployment.Pause
	jobs        []job
	moves       []string
	unfinished  map[string]bool // spaces
	used        map[string]int  // imports by day
	spentUntil  time.Time
	releases    map[string]*Release // by app and tenant
}

func newFakeStore(t testing.TB, now func() time.Time) *fakeStore {
	return &fakeStore{t: t, now: now, apps: map[string]*site.App{}, events: map[string]*Event{}, deliveries: map[string]*Delivery{},
		attempts: map[string][]Attempt{}, spool: map[string]SpoolEntry{}, unfinished: map[string]bool{}, used: map[string]int{}, releases: map[string]*Release{}}
}

func (s *fakeStore) DecideEvent(_ context.Context, id string, plan func(Situation) Plan) (bool, error) {
	e := s.events[id]
	if e == nil || !e.Decided.IsZero() {
		return false, nil
	}
	ids := []string{e.AppID}
	if e.AppID == "" {
		ids = nil
		for id := range s.apps {
			ids = append(ids, id)
		}
		sort.Strings(ids)
	}
	for _, app := range ids {
		s.carryOut(app, plan(s.situation(*e, app)))
	}
	e.Decided = s.now()
	return false, nil
}

func (s *fakeStore) situation(e Event, appID string) Situation {
	x := Situation{Event: e, AppID: appID, Policies: s.policies, Deployments: s.deployments, Now: s.now()}
	if a := s.apps[appID]; a != nil {
		c := *a
		x.App = &c
	}
	for _, id := range s.order {
		if d := s.deliveries[id]; d.AppID == appID && (d.State.Open() || s.current(*d)) {
			x.Deliveries = append(x.Deliveries, *d)
		}
	}
	for _, p := range s.placements {
		if p.AppID == appID {
			x.Placements = append(x.Placements, p)
		}
	}
	return x
}

func (s *fakeStore) current(d Delivery) bool {
	for _, id := range slices.Backward(s.order) {
		if o := s.deliveries[id]; o.AppID == d.AppID && o.DeploymentID == d.DeploymentID {
			return o.ID == d.ID
		}
	}
	return false
}

func (s *fakeStore) carryOut(appID string, p Plan) {
	for _, id := range p.Supersede {
		s.close(id, Superseded, "")
	}
	for _, c := range p.Cancel {
		s.giveUp(c.DeliveryID, NotWanted, c.Why)
	}
	for _, id := range p.Spare {
		s.deliveries[id].Unwanted, s.deliveries[id].UnwantedCause = "", ""
	}
	for i := range s.placements {
		pl := &s.placements[i]
		for _, l := range p.Leave {
			if pl.AppID == appID && pl.TenantID == l.TenantID {
				pl.Left, pl.LeftWhy = s.now(), l.Why
			}
		}
		if pl.AppID == appID && slices.Contains(p.TakeUp, pl.TenantID) {
			pl.Left, pl.LeftWhy = time.Time{}, ""
		}
	}
	for _, d := range p.Start {
		d.ID, d.Ticket, d.Created = uuid.NewString(), 1, s.now()
		s.deliveries[d.ID] = &d
		s.order = append(s.order, d.ID)
		s.jobs = append(s.jobs, job{d.ID, 1, s.now()})
	}
}

func (s *fakeStore) giveUp(id string, cause Cause, why string) {
	d := s.deliveries[id]
	was := d.Unwanted
	switch {
	case !d.MayHaveMade():
		s.close(id, Cancelled, why)
		d.Cause = cause
		return
	case d.UnwantedCause == NotWanted:
		return
	case was == "" && !d.State.Working():
		s.wake(id)
	}
	d.Unwanted, d.UnwantedCause = why, cause
}

func (s *fakeStore) close(id string, to State, why string) {
	d := s.deliveries[id]
	s.move(d, to)
	d.Ticket++
	d.Message, d.Finished = why, s.now()
}

func (s *fakeStore) move(d *Delivery, to State) {
	if !d.State.MayBecome(to) {
		s.t.Fatalf("illegal move of a delivery: %s to %s", d.State, to)
	}
	if d.State != to {
		s.moves = append(s.moves, fmt.Sprintf("%s>%s", d.State, to))
	}
	d.State = to
}

func (s *fakeStore) Held(_ context.Context, id string, ticket int64) (Delivery, error) {
	d := s.deliveries[id]
	if d == nil || d.Ticket != ticket || !d.State.Open() {
		return Delivery{}, ErrLost
	}
	return *d, nil
}

func (s *fakeStore) LoadWork(_ context.Context, id string, ticket int64) (Work, error) {
	d := s.deliveries[id]
	if d == nil || d.Ticket != ticket || !d.State.Open() {
		return Work{}, ErrLost
	}
	w := Work{Delivery: *d, PausedAll: s.pausedAll, Imports: Imports{Used: s.used[day(s.now())], SpentUntil: s.spentUntil}, Attempts: len(s.attempts[id])}
	if n := len(s.attempts[id]); n > 0 && s.attempts[id][n-1].Ended.IsZero() {
		w.Attempt = s.attempts[id][n-1]
	}
	if a := s.apps[d.AppID]; a != nil {
		c := *a
		w.App = &c
	}
	w.Deployment = *s.deployment(d.DeploymentID)
	for _, p := range s.placements {
		if p.AppID == d.AppID && p.TenantID == w.Deployment.TenantID {
			w.Placement = &p
		}
	}
	w.Release = s.releases[d.AppID+w.Deployment.TenantID]
	w.SectionAccess = s.told(*d)
	s.neighbours(*d, &w)
	return w, nil
}

// told is what the site tells of an app's section access, or else an earlier import of the same data.
func (s *fakeStore) told(d Delivery) site.SectionAccess {
	if a := s.apps[d.AppID]; a != nil && a.SectionAccess != "" {
		return a.SectionAccess
	}
	for _, o := range s.deliveries {
		if o.AppID == d.AppID && o.Version.Equal(d.Version) && o.SectionAccess != "" {
			return o.SectionAccess
		}
	}
	return ""
}

// release is what an admin does to a held delivery.
func (s *fakeStore) release(d Delivery) {
	s.releases[d.AppID+s.deployment(d.DeploymentID).TenantID] = &Release{By: "ada", At: s.now()}
	s.wake(d.ID)
}

// wake lets a delivery run again.
func (s *fakeStore) wake(id string) {
	d := s.deliveries[id]
	s.move(d, Waiting)
	d.Ticket++
	d.Cause, d.Message, d.Finished = "", "", time.Time{}
	s.jobs = append(s.jobs, job{d.ID, d.Ticket, s.now()})
}

// neighbours fills in what other deliveries of the same app and deployment mean.
func (s *fakeStore) neighbours(d Delivery, w *Work) {
	for _, id := range s.order {
		o := s.deliveries[id]
		if o.AppID != d.AppID || o.DeploymentID != d.DeploymentID {
			continue
		}
		if o.ID == d.ID {
			return
		}
		switch {
		case o.State == Distributed:
			w.Strays = nil
		case o.State.Open():
			w.Older = true
		case !o.ImportStarted.IsZero():
			w.Strays = append(w.Strays, Stray{o.ID, o.Intermediate, o.SentName, o.Collections, o.ImportStarted})
		}
	}
}

func (s *fakeStore) Overtake(_ context.Context, d Delivery, settled time.Time) (blocked bool, _ error) {
	for _, id := range s.order {
		o := s.deliveries[id]
		switch {
		case o.ID == d.ID:
			return blocked, nil
		case o.AppID != d.AppID || o.DeploymentID != d.DeploymentID || !o.State.Open():
		case o.MayBeOvertaken(settled):
			s.close(o.ID, Superseded, "")
			s.deliveries[d.ID].Overdue = s.deliveries[d.ID].Overdue || o.InVain()
		default:
			blocked = true
		}
	}
	return blocked, ErrLost
}

func (s *fakeStore) HeldByOther(_ context.Context, d Delivery, tenantID, remoteID string) (bool, error) {
	placed := slices.ContainsFunc(s.placements, func(p Placement) bool {
		return p.TenantID == tenantID && p.RemoteID == remoteID && p.AppID != d.AppID
	})
	for _, o := range s.deliveries {
		placed = placed || o.AppID != d.AppID && o.State != Distributed && !o.ImportStarted.IsZero() && o.SentName == d.SentName
	}
	return placed, nil
}

func (s *fakeStore) Imported(_ context.Context, d Delivery) (ids []string, _ error) {
	for _, o := range s.deliveries {
		if o.AppID == d.AppID && o.DeploymentID == d.DeploymentID && o.Intermediate != "" {
			ids = append(ids, o.Intermediate)
		}
	}
	return ids, nil
}

func (s *fakeStore) MayHaveCopies(_ context.Context, d deployment.Deployment, since time.Time) (found []Placement, _ error) {
	for _, p := range s.placements {
		attempts := 0
		for _, o := range s.deliveries {
			attempts = max(attempts, len(s.attempts[o.ID]))
		}
		warned := slices.ContainsFunc(p.Warnings, func(text string) bool { return strings.Contains(text, SecondCopy) })
		if p.TenantID == d.TenantID && (warned || attempts > 1 && p.Placed.After(since)) {
			found = append(found, p)
		}
	}
	return found, nil
}

func (s *fakeStore) Warn(_ context.Context, p Placement) error {
	for i, o := range s.placements {
		if o.AppID == p.AppID && o.TenantID == p.TenantID && o.Refreshed.Equal(p.Refreshed) {
			s.placements[i].Warnings = p.Warnings
		}
	}
	return nil
}

func (s *fakeStore) deployment(id string) *deployment.Deployment {
	for i := range s.deployments {
		if s.deployments[i].ID == id {
			return &s.deployments[i]
		}
	}
	return nil
}

func (s *fakeStore) Policies(context.Context) ([]policy.Policy, error) { return s.policies, nil }

func (s *fakeStore) Save(_ context.Context, d Delivery, a Attempt) error {
	was := s.deliveries[d.ID]
	if was == nil || was.Ticket != d.Ticket || !was.State.Open() {
		return ErrLost
	}
	if d.Unwanted != "" && was.Unwanted == "" {
		return ErrWanted
	}
	to := d.State
	d.State = was.State
	s.move(&d, to)
	if to == Retrying || to == Paused && d.Cause.LooksAgain() {
		d.Ticket++
		s.jobs = append(s.jobs, job{d.ID, d.Ticket, d.NextTry})
	}
	if (to == Importing || to == Placing) && d.ImportStarted.IsZero() {
		s.t.Fatalf("state %s without the time of the import", to)
	}
	d.Unwanted, d.UnwantedCause, d.Overdue = was.Unwanted, was.UnwantedCause, was.Overdue
	*was = d
	s.attempt(a)
	return nil
}

func day(t time.Time) string { return t.Format(time.DateOnly) }

func (s *fakeStore) BeginImport(ctx context.Context, d Delivery, a Attempt, _ string, allowed int) (bool, error) {
	at := day(d.ImportStarted)
	if s.spentUntil.After(d.ImportStarted) || allowed >= 0 && s.used[at] >= allowed {
		return false, nil
	}
	err := s.Save(ctx, d, a)
	if err == nil {
		s.used[at]++
	}
	return err == nil, err
}

func (s *fakeStore) TakeBackImport(_ context.Context, _ string, at, spentUntil time.Time) error {
	s.used[day(at)]--
	s.spentUntil = or(spentUntil.After(s.spentUntil), spentUntil, s.spentUntil)
	return nil
}

func (s *fakeStore) attempt(a Attempt) {
	all := s.attempts[a.DeliveryID]
	switch {
	case a.Number == 0:
	case a.Number == len(all)+1:
		s.attempts[a.DeliveryID] = append(all, a)
	case a.Number <= len(all):
		all[a.Number-1] = a
	default:
		s.t.Fatalf("attempt %d after %d", a.Number, len(all))
	}
}

func (s *fakeStore) Place(ctx context.Context, d Delivery, a Attempt, p Placement) error {
	d.State = Distributed
	if was := s.deliveries[d.ID]; was.Unwanted != "" {
		d.State, d.Cause, d.Message = Cancelled, was.UnwantedCause, was.Unwanted
		p.Left, p.LeftWhy = s.now(), was.Unwanted
	}
	if err := s.Save(ctx, d, a); err != nil {
		return err
	}
	for _, o := range s.placements {
		if o.AppID == p.AppID && o.TenantID == p.TenantID {
			p.MoveTo = or(o.MoveTo == p.MoveTo, "", o.MoveTo)
		}
	}
	s.placements = slices.DeleteFunc(s.placements, func(o Placement) bool { return o.AppID == p.AppID && o.TenantID == p.TenantID })
	s.placements = append(s.placements, p)
	if p.SectionAccess == site.NoSectionAccess {
		delete(s.releases, p.AppID+p.TenantID)
	}
	return nil
}
