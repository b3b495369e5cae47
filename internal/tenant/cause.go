package tenant

// Cause says in which way a call failed. It depends on the HTTP status and on how the connection ended, never on error
// codes: there is no published list of codes (qlik-cloud-api.md section 0.2).
type Cause string

// The causes.
const (
	Unauthorized   Cause = "unauthorized"    // 401, also after the token was renewed; or the token endpoint refused
	Forbidden      Cause = "forbidden"       // 403
	NotFound       Cause = "not found"       // 404
	Gone           Cause = "gone"            // 410: the upload has expired
	OffsetConflict Cause = "offset conflict" // 409 while uploading: ask for the offset and go on from there
	Locked         Cause = "locked"          // 423: the tenant still handles the last slice; ask again after a while
	TooLarge       Cause = "too large"       // 413
	RateLimited    Cause = "rate limited"    // 429, or it would be; RetryAfter is set
	DaySpent       Cause = "day spent"       // 429 at an import, for longer than calls are ever made to wait; RetryAfter is set
	Busy           Cause = "busy"            // 5xx or 408, or a cut or timeout of a call that creates nothing
	OutcomeUnknown Cause = "outcome unknown" // a create was sent, and nobody said what came of it: look it up first
	Unreachable    Cause = "unreachable"     // DNS, dial or TLS failed; nothing was sent
	Refused        Cause = "refused"         // any other 4xx; see Status
	BadAnswer      Cause = "bad answer"      // an answer that does not follow the contract
	Stalled        Cause = "stalled"         // an upload moved no byte for too long
	Interrupted    Cause = "interrupted"     // our side ended the call, for instance because the console stops
)

// says is what a cause means, in words that follow the name of the call.
var says = map[Cause]string{
	Unauthorized:   "the tenant does not accept the sign-in",
	Forbidden:      "the tenant does not allow it",
	NotFound:       "the tenant does not know it",
	Gone:           "the upload has expired in the tenant",
	OffsetConflict: "the tenant holds another part of the upload than expected",
	Locked:         "the tenant is still busy with the last part of the upload",
	TooLarge:       "the app is larger than the tenant takes",
	RateLimited:    "the tenant asks to wait before further calls",
	DaySpent:       "the tenant takes no more imports today",
	Busy:           "the tenant cannot do it at the moment",
	OutcomeUnknown: "the tenant was asked, but it is not known what came of it",
	Unreachable:    "the tenant could not be reached",
	Refused:        "the tenant refused it",
	BadAnswer:      "protocol error, the answer is not that of a Qlik Cloud tenant",
	Stalled:        "the upload no longer moves",
	Interrupted:    "the call was ended by the console",
}

// advice is what a person can do about a cause.
var advice = map[Cause]string{
	Unauthorized:   "Compare the deployment's key, OAuth client or API key with what the tenant holds: identity provider, OAuth client, API keys.",
	Forbidden:      "Give the service account the right to import apps and to work in the space.",
	NotFound:       "Check whether the app or space was removed in the tenant, and whether the API endpoint is right.",
	Gone:           "Nothing: the upload starts anew.",
	OffsetConflict: "Nothing: the upload goes on from what the tenant holds.",
	Locked:         "Nothing: the upload goes on after a while.",
	TooLarge:       "Make the app smaller, or let the tenant's limits be raised; then retry.",
	DaySpent:       "Nothing: it goes on when the tenant's next day begins. A larger plan allows more imports a day.",
	RateLimited:    "Nothing: the call is made again when the tenant allows it.",
	Busy:           "Nothing: it is tried again. If it lasts, look at the tenant's status page.",
	OutcomeUnknown: "Nothing: the tenant is asked what it has before anything is sent again.",
	Unreachable:    "Check the API endpoint, name resolution, firewall and proxy.",
	Refused:        "Read the tenant's message, mend its cause and retry.",
	BadAnswer:      "Check that the API endpoint is the address of a Qlik Cloud tenant, and that no proxy answers instead.",
	Stalled:        "Check the network; the upload goes on from what the tenant holds.",
	Interrupted:    "Nothing: it goes on by itself.",
}

func (c Cause) advice() string { return advice[c] }
