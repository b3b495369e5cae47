package tenant

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/pages"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

const quotaPath = "/quota"

// What the choices of the form are called.
const (
	choiceOn       = "On"
	choiceOff      = "Off"
	choiceCount    = "Count"
	choiceNotCount = "Do not count"
)

func (s *Server) quotaPages(r chi.Router) {
	r.Get("/", s.page(func(w http.ResponseWriter, r *http.Request) error { return s.showQuota(w, r, http.StatusOK, nil) }))
	r.Get("/edit", s.page(s.editQuota))
	r.Post("/edit", s.page(s.changeQuota))
}

func (s *Server) showQuota(w http.ResponseWriter, r *http.Request, status int, window templ.Component) error {
	body, err := s.readPlan()
	if err != nil {
		return err
	}
	q := pages.Quota{Plan: body.Plan, ImportsToday: body.ImportsToday, ImportsPerDay: body.ImportsPerDay, Reads: body.RateLimits.Reads,
		Writes: body.RateLimits.Writes, Chunks: body.RateLimits.Chunks, RateLimits: body.RateLimits.Enabled, SpaceRoles: body.SpaceRoles,
		AppMemory: body.AppMemory, UploadSize: body.UploadSize, SharedSpacesOf: body.SharedSpaces}
	err = s.db.Read(func(tx *state.Tx) error {
		q.SharedSpaces = state.Spaces.CountIn(tx, state.ByType, state.Shared+"\x00")
		return nil
	})
	if err != nil {
		return err
	}
	frame := s.frame(r, "Quota and plan", "What the subscription allows, and what was used of it.", quotaPath)
	return s.render(w, r, status, pages.QuotaPage(frame, q, window))
}

// planForm has everything that can be set; the numbers of a plan are taken when imports per day is left empty.
func planForm(entered url.Values) pages.Form {
	number := func(name, label, help string) pages.Field {
		return pages.Field{Name: name, Label: label, Value: entered.Get(name), Help: help}
	}
	choice := func(name, label string, options ...string) pages.Field {
		return pages.Field{Name: name, Label: label, Kind: pages.Select, Value: entered.Get(name), Options: options}
	}
	plan := choice("plan", "Plan", planNames...)
	plan.First = true
	return pages.Form{Title: "Change quota and plan", Action: quotaPath + "/edit", Cancel: quotaPath, Button: "Change", Fields: []pages.Field{
		plan,
		number("importsPerDay", "Imports per day", "Empty: as the plan has it (300, 300, 2,000, 10,000). -1: no limit."),
		choice("rateLimits", "Rate limits", choiceOn, choiceOff),
		number("reads", "Reading calls a minute", ""), number("writes", "Changing calls a minute", ""), number("chunks", "Upload calls a minute", ""),
		choice("spaceRoles", "Space roles", choiceNotCount, choiceCount),
		number("appMemory", "Memory of an app", "In bytes."), number("uploadSize", "Largest app file", "In bytes. -1: no limit."),
		number("sharedSpaces", "Shared spaces", "-1: no limit."),
	}}
}

func (s *Server) editQuota(w http.ResponseWriter, r *http.Request) error {
	body, err := s.readPlan()
	if err != nil {
		return err
	}
	plan := body.plan()
	entered := url.Values{"plan": {plan.Name}, "rateLimits": {choiceOff}, "spaceRoles": {choiceNotCount},
		"reads": {strconv.Itoa(plan.Reads)}, "writes": {strconv.Itoa(plan.Writes)}, "chunks": {strconv.Itoa(plan.Chunks)},
		"appMemory": {fmt.Sprint(plan.AppMemory)}, "uploadSize": {fmt.Sprint(plan.UploadSize)}, "sharedSpaces": {strconv.Itoa(plan.SharedSpaces)}}
	if plan.RateLimits {
		entered.Set("rateLimits", choiceOn)
	}
	if plan.SpaceRoles {
		entered.Set("spaceRoles", choiceCount)
	}
	if plan.ImportsPerDay != importsOf[plan.Name] {
		entered.Set("importsPerDay", strconv.Itoa(plan.ImportsPerDay))
	}
	return showForm(w, r, s.showQuota, planForm(entered))
}

func (s *Server) changeQuota(w http.ResponseWriter, r *http.Request) error {
	plan, err := planEntered(r.PostForm)
	if err == nil {
		err = s.putPlan(plan)
	}
	if err != nil {
		return refuseForm(w, r, s.showQuota, planForm(r.PostForm), err)
	}
	return s.done(w, r, quotaPath, pages.Notice{Text: "Changed. It holds from now on; everybody's counts of calls begin anew."})
}

func planEntered(form url.Values) (state.Plan, error) {
	plan := state.Plan{Name: form.Get("plan"), RateLimits: form.Get("rateLimits") == choiceOn, SpaceRoles: form.Get("spaceRoles") == choiceCount}
	wrong := map[string]string{}
	number := func(name string) int64 {
		n, err := strconv.ParseInt(strings.TrimSpace(form.Get(name)), 10, 64)
		if err != nil {
			wrong[name] = "This is not a whole number."
		}
		return n
	}
	plan.Reads, plan.Writes, plan.Chunks = int(number("reads")), int(number("writes")), int(number("chunks"))
	plan.AppMemory, plan.UploadSize, plan.SharedSpaces = number("appMemory"), number("uploadSize"), int(number("sharedSpaces"))
	if plan.ImportsPerDay = importsOf[plan.Name]; strings.TrimSpace(form.Get("importsPerDay")) != "" {
		plan.ImportsPerDay = int(number("importsPerDay"))
	}
	return plan, fault.InFields(wrong)
}
