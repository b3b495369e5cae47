package distribution

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/tenant"
)

// halt is how a run ends before its time: the state that the delivery gets, and what is said about it.
type halt struct {
	state   State // Retrying, Paused, Failed or Cancelled
	cause   Cause
	message string
	status  int
	trace   string
	wait    time.Duration // before the next try; 0: by the schedule, or (Paused) when somebody resumes
	free    bool          // does not count as a try
	lasts   int           // it is no fault of the app, and lasts until somebody has done something: never the last try; the waits grow for so many; 0: it is one
	goesOn  bool          // the attempt goes on: it waits for its turn, perhaps for hours
	pause   bool          // the whole deployment is paused for this
}

// Error implements error, so that a step can return a halt.
func (h *halt) Error() string { return h.message }

func unwanted(format string, args ...any) *halt {
	return &halt{state: Cancelled, cause: NotWanted, message: sentence(fmt.Sprintf(format, args...))}
}

func pauseFor(c Cause, format string, args ...any) *halt {
	return &halt{state: Paused, cause: c, message: sentence(fmt.Sprintf(format, args...)), pause: true}
}

// rest pauses one delivery until somebody has done something in the tenant; the run looks from time to time.
func (r *run) rest(c Cause, message string) *halt {
	wait := time.Duration(float64(r.e.Recheck) * (0.8 + 0.4*r.e.Rand()))
	return &halt{state: Paused, cause: c, message: message, wait: max(wait, time.Millisecond)}
}

// spoolError marks a fault of the export or the spool.
type spoolError struct{ error }

func (e spoolError) Unwrap() error { return e.error }

// end turns the way a run ended into the delivery's next state.
func (r *run) end(ctx context.Context, err error) (*time.Duration, error) {
	err = r.leave(ctx, r.afresh(ctx, err))
	switch {
	case err == nil, lost(err), errors.Is(err, errKept):
		return nil, nil
	case errors.Is(err, errSlice):
		return new(time.Duration(0)), nil
	case errors.Is(err, errBlocked):
		return r.behind(ctx)
	case errors.Is(err, errLags):
		return new(lagWait), nil
	case errors.Is(err, errEarly):
		return new(r.d.NextTry.Sub(r.e.Now())), nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	}
	if slow, ok := errors.AsType[*unfinished](err); ok {
		return r.exporting(ctx, slow)
	}
	if ours, ok := errors.AsType[ourFault](err); ok {
		return nil, ours.error
	}
	h := judge(err, r.w.Deployment)
	if !r.met && h.state == Retrying && !h.free && h.lasts == 0 {
		h.lasts = outageTries // which says nothing about the app
	}
	if r.resting && (h.state == Retrying || h.state == Failed) {
		h = r.rest(r.d.Cause, r.d.Message) // the look went wrong, which says nothing
	}
	if err := r.halt(ctx, h); err != nil || h.state != Paused || h.wait > 0 {
		return nil, err
	}
	return r.resumed(ctx)
}

// behind says what the delivery waits for, and lets it look again soon.
func (r *run) behind(ctx context.Context) (*time.Duration, error) {
	if r.d.State == Waiting && r.d.Message != behindOlder {
		r.d.Message = behindOlder
		if err := r.save(ctx); lost(err) {
			return nil, nil
		} else if err != nil {
			return nil, err
		}
	}
	return new(blockedWait), nil
}

// behindOlder is said of a delivery that waits for an older one.
const behindOlder = "Older data of the app is on its way and goes first."

// resumed looks once more after the delivery was paused: when somebody resumed, released or raised a limit meanwhile, nobody else would wake it.
func (r *run) resumed(ctx context.Context) (*time.Duration, error) {
	w, err := r.e.Store.LoadWork(ctx, r.d.ID, r.d.Ticket)
	if lost(err) {
		return nil, nil
	}
	if err != nil || w.Deployment.Pause != nil || w.PausedAll != nil {
		return nil, err
	}
	if r.w = w; r.stillKept() {
		return nil, nil
	}
	return new(time.Duration(0)), nil
}

// halt saves the end of an attempt.
func (r *run) halt(ctx context.Context, h *halt) error {
	r.d.State, r.d.Cause, r.d.Message, r.d.Status, r.d.TraceID = h.state, h.cause, h.message, h.status, h.trace
	r.d.NextTry = time.Time{}
	switch {
	case h.state == Retrying:
		r.retry(h)
	case h.wait > 0:
		r.d.NextTry = r.e.Now().Add(h.wait)
	}
	if !r.d.State.Open() {
		r.d.Finished = r.e.Now()
	}
	if r.a.Number > 0 && !h.goesOn {
		r.a.Ended, r.a.Error, r.a.Status, r.a.TraceID = r.e.Now(), h.message, h.status, h.trace
	}
	if err := r.saveHalted(ctx, h); !lost(err) {
		return err
	}
	return nil
}

func (r *run) saveHalted(ctx context.Context, h *halt) error {
	if !h.pause {
		return r.e.Store.Save(ctx, r.d, r.a)
	}
	p := deployment.Pause{Since: r.e.Now(), Reason: h.message, By: "Skyferry", Cause: string(h.cause)}
	return r.e.Store.SavePaused(ctx, r.d, r.a, p)
}

// retry sets the time of the next try, or gives up after the last.
func (r *run) retry(h *halt) {
	switch {
	case h.lasts > 0:
		r.d.Tries = max(r.d.Tries, min(r.d.Tries+1, h.lasts))
	case !h.free:
		r.d.Tries++
	}
	if r.d.Tries >= r.e.MaxTries && h.lasts == 0 {
		r.d.State = Failed
		return
	}
	wait := h.wait
	if wait == 0 {
		wait = r.e.backoff(r.d.Tries)
	}
	r.d.NextTry = r.e.Now().Add(wait)
}

// How far the waits grow, by the default schedule, for what is never the last try: to five minutes, and to an hour for a tenant that
// does not even tell its own id.
const (
	soonTries   = 4
	outageTries = 7
)

// backoff gives the scheduled wait after a number of tries, a fifth more or less so that deliveries that failed
// together do not come back together.
func (e *Engine) backoff(tries int) time.Duration {
	wait := e.Schedule[min(max(tries-1, 0), len(e.Schedule)-1)]
	return time.Duration(float64(wait) * (0.8 + 0.4*e.Rand()))
}

// judge says what a fault means for the delivery.
func judge(err error, dep deployment.Deployment) *halt {
	if h, ok := errors.AsType[*halt](err); ok {
		return h
	}
	if e, ok := asTenant(err); ok {
		return judgeTenant(e, dep)
	}
	if s, ok := errors.AsType[spoolError](err); ok {
		return judgeExport(s)
	}
	return &halt{state: Retrying, cause: InternalFault, message: sentence(err.Error())}
}

// judgeExport knows no room, no file, and any other fault of the site.
func judgeExport(err error) *halt {
	if later, ok := errors.AsType[*NotNow](err); ok {
		return &halt{state: Retrying, cause: SiteBusy, message: sentence(later.Why), wait: max(later.Wait, time.Second), free: true, goesOn: true}
	}
	switch {
	case errors.Is(err, ErrSpoolTooSmall):
		return &halt{state: Retrying, cause: SpoolFull, message: sentence(err.Error()), lasts: soonTries}
	case errors.Is(err, ErrSpoolFull):
		return &halt{state: Retrying, cause: SpoolFull, message: sentence(err.Error()), wait: time.Minute, free: true}
	case fault.Is(err, fault.NotFound):
		return &halt{state: Failed, cause: ExportFailed, message: sentence(fault.Of(err).Text)}
	}
	return &halt{state: Retrying, cause: ExportFailed, message: sentence("the app could not be exported: " + err.Error())}
}

// causes are the causes of the deliveries for those of the calls.
var causes = map[tenant.Cause]Cause{
	tenant.Unauthorized: TokenRefused, tenant.Forbidden: NoRight, tenant.NotFound: NotConfirmed, tenant.Gone: UploadGone,
	tenant.OffsetConflict: Busy, tenant.Locked: Busy, tenant.TooLarge: TooLarge, tenant.RateLimited: RateLimited,
	tenant.Busy: Busy, tenant.OutcomeUnknown: OutcomeUnknown, tenant.Unreachable: Unreachable, tenant.Refused: ImportRefused,
	tenant.BadAnswer: BadAnswer, tenant.Stalled: Stalled, tenant.Interrupted: Busy, tenant.DaySpent: DaySpent,
}

// judgeTenant: only what heals by itself is tried again.
func judgeTenant(e *tenant.Error, dep deployment.Deployment) *halt {
	h := &halt{state: Retrying, cause: causes[e.Cause], message: sentence(e.Error()), status: e.Status, trace: e.TraceID}
	switch e.Cause {
	case tenant.Unauthorized:
		h.message = refusedToken(dep)
		if dep.Next != nil {
			h.lasts = soonTries // the key is being replaced: it heals as soon as the tenant knows the next one
			break
		}
		h.state, h.pause = Paused, true
	case tenant.Forbidden, tenant.TooLarge, tenant.Refused:
		h.state = Failed
	case tenant.RateLimited, tenant.DaySpent:
		h.wait, h.free = max(e.RetryAfter, time.Second), true
	case tenant.Locked:
		h.wait = 3 * time.Second
	case tenant.Busy:
		h.wait = e.RetryAfter
	}
	if h.cause == NoCause {
		h.cause = BadAnswer
	}
	return h
}

// refusedToken is the one notice about a refused sign-in.
func refusedToken(dep deployment.Deployment) string {
	switch {
	case dep.Next != nil && dep.Key != nil:
		return fmt.Sprintf("Tenant accepts neither key %s nor the next key %s; make the identity provider of the next key there.", shortKey(dep.Key.ID), shortKey(dep.Next.ID))
	case dep.Key != nil:
		return fmt.Sprintf("Tenant does not accept key %s; compare with its identity provider.", shortKey(dep.Key.ID))
	case dep.Auth == deployment.APIKey:
		return "Tenant does not accept the API key; it may have ended or been revoked."
	}
	return fmt.Sprintf("Tenant does not accept client ID %s; compare client ID and secret with its OAuth client.", dep.ClientID)
}

func shortKey(id string) string {
	if len(id) > 8 {
		return id[:8] + "..."
	}
	return id
}

func asTenant(err error) (*tenant.Error, bool) { return errors.AsType[*tenant.Error](err) }

// host is the deployment's tenant as people know it.
func host(dep deployment.Deployment) string {
	if u, err := url.Parse(dep.Endpoint); err == nil && u.Host != "" {
		return u.Host
	}
	return dep.Endpoint
}

// maxMessage bounds what is stored and shown of a fault, in characters.
const maxMessage = 600

// sentence makes a text begin with a capital and end with a stop.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	if runes := []rune(text); len(runes) > maxMessage {
		text = string(runes[:maxMessage]) + "…"
	}
	first, n := utf8.DecodeRuneInString(text)
	text = string(unicode.ToUpper(first)) + text[n:]
	if !strings.ContainsAny(text[len(text)-1:], ".!?") && !strings.HasSuffix(text, "…") {
		text += "."
	}
	return text
}
