package distribution

import "github.com/skyferry/skyferry/internal/deployment"

// Cause is the code of a reason why a delivery does not go on. Equal causes in one deployment fold into one line.
type Cause string

// The causes.
const (
	NoCause          Cause = ""
	Unreachable      Cause = "unreachable"          // the tenant's address does not answer
	Busy             Cause = "busy"                 // 5xx, 408
	RateLimited      Cause = "rate-limited"         // 429
	DaySpent         Cause = "day-spent"            // the tenant takes no more imports today
	TokenRefused     Cause = "token-refused"        // 401 with a fresh token
	NoRight          Cause = "no-right"             // 403
	TooLarge         Cause = "too-large"            // 413
	ImportRefused    Cause = "import-refused"       // the tenant does not take this file
	OutcomeUnknown   Cause = "outcome-unknown"      // 504 or a cut while a create was under way
	Stalled          Cause = "stalled"              // no byte moved for a while
	UploadGone       Cause = "upload-gone"          // the tenant no longer has the upload
	WrongTenant      Cause = "wrong-tenant"         // the address is another tenant than before
	NotConfirmed     Cause = "not-confirmed"        // the read-back differs from what was sent
	ExportFailed     Cause = "export-failed"        // the site gives no file
	SpoolFull        Cause = "spool-full"           // no room for the export
	SiteBusy         Cause = "site-busy"            // the site gives no export now: its window, others before it, a reload
	NameTaken        Cause = "name-taken"           // another app, one of ours or a foreign one, has that name in the space
	SpaceMissing     Cause = "space-missing"        // the managed space is not there, and the deployment makes none
	NoSpace          Cause = "no-space"             // the space rule gives none for this app
	HeldOtherwise    Cause = "held-otherwise"       // the tenant holds the app in a way that this sign-in cannot refresh
	AdoptionRefused  Cause = "adoption-refused"     // the tenant does not let us refresh the app that it held before us
	OverLimit        Cause = "over-limit"           // larger than the deployment takes
	AccessHeld       Cause = "access-held"          // it has section access, and somebody shall release it
	AccessNever      Cause = "access-never"         // it has section access, and the deployment takes no such apps
	BadAnswer        Cause = "bad-answer"           // the answer does not follow the published contract
	PausedByAdmin    Cause = "paused"               // somebody paused the deployment
	PausedAllByAdmin Cause = "paused-all"           // somebody paused all distribution
	ObserveOnly      Cause = deployment.ObserveOnly // the site is only observed
	HeldForReview    Cause = "held"                 // it comes with many others, and somebody shall look first
	NotWanted        Cause = "not-wanted"           // no policy names it any more, unpublished, deleted
	CancelledByAdmin Cause = "cancelled"            // somebody cancelled it
	InternalFault    Cause = "internal"             // our own fault
)

// LooksAgain says whether a delivery that is paused for this goes on by itself: somebody has to change something in the tenant
// or in the configuration, and the run looks from time to time whether it is done.
func (c Cause) LooksAgain() bool { return c == NameTaken || c == SpaceMissing || c == NoSpace }

// OfPause says whether a delivery that is paused for this is held by a pause of its deployment or of all distribution.
func (c Cause) OfPause() bool {
	return c == PausedByAdmin || c == PausedAllByAdmin || c == ObserveOnly || c == TokenRefused || c == WrongTenant
}
