package distribution

import (
	"fmt"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
)

// titles are the causes in a few words, fit for "12 × Failed: right missing in the tenant".
var titles = map[Cause]string{ //nolint:gosec // words about tokens, no tokens
	Unreachable:      "tenant not reachable",
	Busy:             "tenant is busy",
	RateLimited:      "tenant asks to wait",
	DaySpent:         "imports of the day are spent",
	TokenRefused:     "sign-in not accepted",
	NoRight:          "right missing in the tenant",
	TooLarge:         "app too large for the tenant",
	ImportRefused:    "tenant refused it",
	OutcomeUnknown:   "outcome not known yet",
	Stalled:          "upload stands still",
	UploadGone:       "upload expired in the tenant",
	WrongTenant:      "address is another tenant",
	NotConfirmed:     "not confirmed by the tenant",
	ExportFailed:     "export from the site failed",
	SpoolFull:        "no room in the spool",
	SiteBusy:         "waits for its export",
	NameTaken:        "name taken in the space",
	SpaceMissing:     "space is missing",
	NoSpace:          "no space to land in",
	HeldOtherwise:    "held by a former sign-in",
	AdoptionRefused:  "adopted app cannot be refreshed",
	OverLimit:        "larger than the deployment takes",
	AccessHeld:       "has section access, held",
	AccessNever:      "has section access, never taken",
	BadAnswer:        "answer is not that of a tenant",
	PausedByAdmin:    "deployment paused",
	PausedAllByAdmin: "all distribution paused",
	ObserveOnly:      "observed only",
	HeldForReview:    "held for review",
	NotWanted:        "no longer to be distributed",
	CancelledByAdmin: "cancelled",
	InternalFault:    "fault in the console",
}

// Title names the cause in a few words, beginning in lower case; empty for NoCause.
func (c Cause) Title() string {
	if t, ok := titles[c]; ok {
		return t
	}
	return string(c)
}

// remedies say what to do; %s is the tenant's host where there is one.
var remedies = map[Cause]string{
	Unreachable:      "Check that %s can be reached from this server: address, name resolution, firewall, proxy. It is tried again by itself.",
	Busy:             "None needed: %s is asked again by itself. If it lasts for hours, look at the tenant's status page.",
	RateLimited:      "None needed: the calls go on when %s allows them.",
	DaySpent:         "None needed: it goes on when the next day of %s begins, the newest version first. A larger plan allows more; the deployment's Limits say which one counts.",
	TooLarge:         "Make the app smaller, or let the limit of %s be raised, then retry. None by itself: the app does not shrink with time.",
	ImportRefused:    "Read what %s said, mend its cause and retry. No data is sent again by itself.",
	OutcomeUnknown:   "None needed: %s is asked what it has before anything is sent again.",
	Stalled:          "Check the network to %s. The upload goes on from what the tenant has.",
	UploadGone:       "None needed: the upload to %s starts anew.",
	WrongTenant:      "Compare the API endpoint with the tenant behind %s. Correct it, or remove the other deployment, then resume.",
	NotConfirmed:     "None needed: it is sent and read back again. If it stays, look at the app in %s: somebody may change it there.",
	ExportFailed:     "Check that the app can be exported on the site and that its file is there, then retry.",
	SpoolFull:        "Free disk space or raise the limit of the spool. Exports go on by themselves when other deliveries have ended.",
	SiteBusy:         "None needed: the export begins when the site has time for it. The times and the number of exports at once stand on the page Site.",
	NameTaken:        "Rename, move or remove the other app in %s, or rename the app on the site. It is looked at again every few minutes; Retry looks at once. Skyferry never puts an app in the place of another one.",
	SpaceMissing:     "Make the space in %s and let the sign-in work in it, with the role to publish in a managed one; or let the deployment make missing spaces, with the right to do so. It is looked at again every few minutes; Retry looks at once.",
	NoSpace:          "Give the app a value of the custom property, or change where apps land on the deployment. Nothing was sent to %s.",
	HeldOtherwise:    "Remove the app that the former sign-in left in %s, then retry: it is placed anew. Or let the deployment sign in as before.",
	AdoptionRefused:  "Choose Leave and mark for it on the deployment's page Adopt apps already in the tenant: then the copy in %s stays as it is. Or remove that copy there and retry: then the app is placed anew.",
	OverLimit:        "Raise Largest app on the deployment, or make the app smaller. It goes on by itself as soon as it fits.",
	AccessHeld:       "Look whether the users of %s are those that the app's section access names. Release sends it on, and its later versions too, as long as it has section access. Or change Apps with section access on the deployment.",
	AccessNever:      "To keep it out, let no policy send it to %s. To send it, change Apps with section access on the deployment to Hold or Send.",
	BadAnswer:        "Check that the API endpoint is the address of a Qlik Cloud tenant, and that no proxy answers in place of %s.",
	PausedByAdmin:    "Resume the deployment. Nothing is lost: it goes on where it stood.",
	PausedAllByAdmin: "Resume distribution. Nothing is lost: it goes on where it stood.",
	ObserveOnly:      "Nothing is sent while the site is only observed. Switch Observe only off on the page Site when what you see is right: then it goes.",
	HeldForReview:    "Look at what comes with it, then release or discard it. Nothing is sent to %s before.",
	NotWanted:        "Nothing to do. To send the app again, publish it or let a policy name it.",
	CancelledByAdmin: "To send the app again, use Distribute now on its page.",
	InternalFault:    "It is tried again by itself. If it stays, look for this delivery in the log of the console.",
}

// lastRemedies take the place of those that say it heals by itself, once the last try has failed.
var lastRemedies = map[Cause]string{
	Unreachable:    "Check that %s can be reached from this server: address, name resolution, firewall, proxy. Then retry.",
	Busy:           "Look at the status page of %s, and retry when the tenant is well. Nothing is tried by itself any more.",
	OutcomeUnknown: "Look in %s whether the app has its new data: the tenant has not told it. Retry asks again, and sends it once more where that is still not known. Nothing is tried by itself any more.",
	Stalled:        "Check the network to %s, then retry. The upload goes on from what the tenant has.",
	UploadGone:     "The uploads to %s expired each time: look at Keep uploads for and at the speed of the line, then retry.",
	NotConfirmed:   "Look at the app in %s: somebody may change it there. Then retry: it is sent and read back again.",
	InternalFault:  "Look for this delivery in the log of the console, then retry.",
}

// ShownAs is the state as it is shown, as long as nothing is left in the tenant: what is only observed, and what waits until the site
// has time for its export, needs nobody's attention. It waits.
func (d Delivery) ShownAs() State { return shownAs(d.State, d.Cause) }

// ShownAs is the state that it went to, as it is shown.
func (t Transition) ShownAs() State { return shownAs(t.To, t.Cause) }

func shownAs(s State, c Cause) State {
	observed := s == Paused && c == ObserveOnly
	if observed || s == Retrying && c == SiteBusy {
		return Waiting
	}
	return s
}

// Traces says by what an app is found in the tenant that the delivery may have made there, staged or for a managed space.
func (d Delivery) Traces(siteID string, managed bool) string {
	switch {
	case d.PublishedID != "":
		return fmt.Sprintf("%q (app id %s)", d.AppName, d.PublishedID)
	case !managed:
		return fmt.Sprintf("%q (app id %s)", d.AppName, or(d.Intermediate != "", d.Intermediate, strings.ToLower(d.AppID)))
	}
	published := ""
	if d.SentName != "" {
		published = fmt.Sprintf(", or published as %q", d.SentName)
	}
	return fmt.Sprintf("%q (in the space %q, named %q%s)", d.AppName, deployment.TransitSpace, technicalName(siteID, d.AppID, d.ID), published)
}

// EndsBy is until when at the latest it is looked up, while the tenant answers, what a delivery has made there that nobody wants any
// more. Zero: nothing is looked up, or not before somebody resumes.
func (d Delivery) EndsBy(dep deployment.Deployment) time.Time {
	if !d.State.Open() || d.Unwanted == "" || d.State == Paused {
		return time.Time{}
	}
	last := d.ImportStarted.Add(DefaultSettle(dep))
	return or(d.NextTry.After(last), d.NextTry, last)
}

// Remedy says what a person can do about a delivery that does not go on, in whole sentences; empty when it goes on.
func (d Delivery) Remedy(dep deployment.Deployment) string {
	switch d.Cause {
	case NoCause:
		return ""
	case TokenRefused:
		return refusedRemedy(dep)
	case NoRight:
		return rightRemedy(dep)
	}
	if last := lastRemedies[d.Cause]; last != "" && d.State == Failed {
		return strings.ReplaceAll(last, "%s", host(dep))
	}
	return strings.ReplaceAll(remedies[d.Cause], "%s", host(dep))
}

// goesOnAlone ends the remedies of a refused sign-in; see LookAgain and the quarter of an hour in which the console calls it.
const goesOnAlone = "Nothing is lost, and when the tenant accepts the sign-in again, it goes on by itself within 15 minutes."

// refusedRemedy differs by the way of signing in.
func refusedRemedy(dep deployment.Deployment) string {
	switch dep.Auth {
	case deployment.ClientCredentials:
		return fmt.Sprintf("Compare client ID and secret of deployment %q with the OAuth client in %s, then resume. "+goesOnAlone, dep.Name, host(dep))
	case deployment.APIKey:
		return fmt.Sprintf("Make a new API key in %s and enter it on deployment %q, then resume. "+goesOnAlone, host(dep), dep.Name)
	}
	if dep.Next != nil {
		return fmt.Sprintf("Make the identity provider of the next key in %s: deployment %q shows what to paste. It is tried again by itself, and nothing is lost.", host(dep), dep.Name)
	}
	return fmt.Sprintf("Compare the key with the identity provider in %s; if it is another one, copy what deployment %q shows there again. Then resume. "+goesOnAlone, host(dep), dep.Name)
}

// rightRemedy names the space where there is one.
func rightRemedy(dep deployment.Deployment) string {
	who := map[deployment.Auth]string{
		deployment.ClientCredentials: "client " + dep.ClientID, deployment.JWTProvider: "the user of the JWT identity provider", deployment.APIKey: "the owner of the API key",
	}[dep.Auth]
	if who != "" {
		return fmt.Sprintf("Give %s the right to import apps and to publish in space %q of %s, then retry. None by itself: a missing right does not heal with time.", who, dep.Landing.Space, host(dep))
	}
	return fmt.Sprintf("Let the identity provider in %s have the right to import apps, then retry. None by itself: a missing right does not heal with time.", host(dep))
}
