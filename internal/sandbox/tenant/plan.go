package tenant

import (
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// Limits that Qlik has published: imports per day by plan, bytes of memory of one app (qlik-cloud-api.md section 3),
// calls per minute by tier (section 0.1).
const (
	planKey          = "plan"
	defaultPlan      = "Enterprise"
	defaultAppMemory = 5_000_000_000
	readsPerMinute   = 1000
	writesPerMinute  = 100
	chunksPerMinute  = 800
	noLimit          = -1
	maxPerMinute     = 1_000_000
)

// planNames are in the order of what they allow.
var planNames = []string{"Starter", "Standard", "Premium", "Enterprise"}

var importsOf = map[string]int{"Starter": 300, "Standard": 300, "Premium": 2000, "Enterprise": 10000}

// newPlan gives the settings of a plan, with rate limits as published.
func newPlan(name string) state.Plan {
	return state.Plan{Name: name, RateLimits: true, Reads: readsPerMinute, Writes: writesPerMinute, Chunks: chunksPerMinute,
		ImportsPerDay: importsOf[name], AppMemory: defaultAppMemory, UploadSize: noLimit, SharedSpaces: noLimit}
}

// currentPlan gives the stored settings, or those of a new tenant.
func currentPlan(tx *state.Tx) (state.Plan, error) {
	plan, found, err := state.Plans.Get(tx, planKey)
	if !found {
		plan = newPlan(defaultPlan)
	}
	return plan, err
}

// putPlan checks and stores settings; they hold from the next call on.
func (s *Server) putPlan(plan state.Plan) error {
	if err := checkPlan(plan); err != nil {
		return err
	}
	err := s.db.Write(func(tx *state.Tx) error { return state.Plans.Put(tx, planKey, plan) })
	if err == nil {
		s.limits.set(plan)
	}
	return err
}

func checkPlan(plan state.Plan) error {
	if !slices.Contains(planNames, plan.Name) {
		return fault.Field(fault.Invalid, "plan", "The plan is Starter, Standard, Premium or Enterprise.")
	}
	for field, n := range map[string]int{"reads": plan.Reads, "writes": plan.Writes, "chunks": plan.Chunks} {
		if n < 1 || n > maxPerMinute {
			return fault.Field(fault.Invalid, field, "Calls per minute are a number from 1 to %d.", maxPerMinute)
		}
	}
	for field, n := range map[string]int64{"importsPerDay": int64(plan.ImportsPerDay), "sharedSpaces": int64(plan.SharedSpaces), "uploadSize": plan.UploadSize} {
		if n < noLimit || n > math.MaxInt32 && field != "uploadSize" {
			return fault.Field(fault.Invalid, field, "This is a number, or -1 for no limit.")
		}
	}
	if plan.AppMemory < 1 {
		return fault.Field(fault.Invalid, "appMemory", "The memory of an app is a number of bytes from 1 on.")
	}
	return nil
}

// dayOf names a UTC day, by which imports are counted.
func dayOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// countImport adds one to the imports of the day, or refuses when they are spent. Qlik has not published the status of
// that refusal: 429 until midnight UTC is our choice.
func (s *Server) countImport(tx *state.Tx) error {
	plan, err := currentPlan(tx)
	if err != nil {
		return err
	}
	now := s.now()
	done, _, err := state.Days.Get(tx, dayOf(now))
	if err != nil {
		return err
	}
	if plan.ImportsPerDay != noLimit && done >= plan.ImportsPerDay {
		return waitError{"Daily import limit reached.", midnight(now).Sub(now), fault.New(fault.Unavailable,
			"The plan %s allows %d imported apps a day, and %d were imported today. The next day begins at midnight UTC.", plan.Name, plan.ImportsPerDay, done)}
	}
	return state.Days.Put(tx, dayOf(now), done+1)
}

func midnight(now time.Time) time.Time { return now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour) }

// importsToday gives the imports of the day.
func (s *Server) importsToday(tx *state.Tx) (int, error) {
	done, _, err := state.Days.Get(tx, dayOf(s.now()))
	return done, err
}

// planBody is GET and PUT /sandbox/v1/plan.
type planBody struct {
	Plan          string     `json:"plan"`
	ImportsPerDay int        `json:"importsPerDay"`
	ImportsToday  int        `json:"importsToday"`
	AppMemory     int64      `json:"appMemoryBytes"`
	UploadSize    int64      `json:"uploadSizeBytes"`
	SharedSpaces  int        `json:"sharedSpaces"`
	SpaceRoles    bool       `json:"enforceSpaceRoles"`
	RateLimits    rateLimits `json:"rateLimits"`
}

type rateLimits struct {
	Enabled bool `json:"enabled"`
	Reads   int  `json:"tier1PerMinute"`
	Writes  int  `json:"tier2PerMinute"`
	Chunks  int  `json:"uploadsPerMinute"`
}

func planBodyOf(plan state.Plan, today int) planBody {
	return planBody{plan.Name, plan.ImportsPerDay, today, plan.AppMemory, plan.UploadSize, plan.SharedSpaces, plan.SpaceRoles,
		rateLimits{plan.RateLimits, plan.Reads, plan.Writes, plan.Chunks}}
}

func (b planBody) plan() state.Plan {
	return state.Plan{Name: b.Plan, RateLimits: b.RateLimits.Enabled, Reads: b.RateLimits.Reads, Writes: b.RateLimits.Writes,
		Chunks: b.RateLimits.Chunks, ImportsPerDay: b.ImportsPerDay, AppMemory: b.AppMemory, UploadSize: b.UploadSize,
		SharedSpaces: b.SharedSpaces, SpaceRoles: b.SpaceRoles}
}

func (s *Server) readPlan() (body planBody, err error) {
	err = s.db.Read(func(tx *state.Tx) error {
		plan, err := currentPlan(tx)
		if err != nil {
			return err
		}
		today, err := s.importsToday(tx)
		body = planBodyOf(plan, today)
		return err
	})
	return body, err
}

// getPlan is GET /sandbox/v1/plan.
func (s *Server) getPlan(w http.ResponseWriter, _ *http.Request) error {
	body, err := s.readPlan()
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, body)
	return nil
}

// putPlanBody is PUT /sandbox/v1/plan. What is absent stays as it is; another plan brings its own number of imports
// unless that is given, too. importsToday is the count itself: a test can spend the day with it.
func (s *Server) putPlanBody(w http.ResponseWriter, r *http.Request) error {
	before, err := s.readPlan()
	if err != nil {
		return err
	}
	body := before
	body.ImportsPerDay = noLimit - 1
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	if body.ImportsPerDay == noLimit-1 {
		if body.ImportsPerDay = before.ImportsPerDay; body.Plan != before.Plan {
			body.ImportsPerDay = importsOf[body.Plan]
		}
	}
	if body.ImportsToday < 0 {
		return fault.New(fault.Invalid, "importsToday is a number from 0 on.")
	}
	if err := s.putPlan(body.plan()); err != nil {
		return err
	}
	if body.ImportsToday != before.ImportsToday {
		err = s.db.Write(func(tx *state.Tx) error { return state.Days.Put(tx, dayOf(s.now()), body.ImportsToday) })
		if err != nil {
			return err
		}
	}
	return s.getPlan(w, r)
}
