package faults

import (
	"fmt"
	"strings"
)

// Kind is a way to fail.
type Kind string

// The kinds.
const (
	Latency       Kind = "latency"
	Bandwidth     Kind = "bandwidth"
	Cut           Kind = "cut"
	RateLimit     Kind = "rate-limit"
	ErrorStatus   Kind = "error-status"
	LostAnswer    Kind = "lost-answer"
	LateImport    Kind = "late-import"
	LaggingItems  Kind = "lagging-items"
	ExpiredToken  Kind = "expired-token"
	ShortToken    Kind = "short-token"
	WebPage       Kind = "html"
	GiganticBody  Kind = "gigantic-body"
	ContentType   Kind = "content-type"
	Redirect      Kind = "redirect"
	TusLock       Kind = "tus-lock"
	UploadExpired Kind = "upload-expired"
	ClockSkew     Kind = "clock-skew"
	FullQuota     Kind = "full-quota"
	DailyLimit    Kind = "daily-limit"
	OtherTenant   Kind = "other-tenant"
)

// Description tells of a kind: for people, and which fields it takes.
type Description struct {
	Kind     Kind
	Label    string
	Does     string // one sentence
	Endpoint string // the usual one
	Fixed    bool   // only that one makes sense
	Seconds  Range
	Status   Range
	Bytes    Range
	Sides    bool // it has a side
	Text     Word
	act      effect
}

// Range bounds a number; without a label the kind does not take it.
type Range struct {
	Label             string
	Min, Max, Default float64
}

// Word is a text; without a label the kind does not take it.
type Word struct{ Label, Default string }

const day = 24 * 60 * 60

// Kinds are all kinds, in the order of the page.
func Kinds() []Description { return kinds }

var kinds = []Description{
	{Kind: Latency, Label: "Latency", Does: "The call waits before it is done.", Endpoint: "any",
		Seconds: Range{"Delay in seconds", 0.001, 600, 2}, act: latency},
	{Kind: Bandwidth, Label: "Bandwidth", Does: "The body crawls at so many bytes a second.", Endpoint: "tus-patch", Sides: true,
		Bytes: Range{"Bytes per second", 1, 1 << 40, 10_000}, act: bandwidth},
	{Kind: Cut, Label: "Cut connection", Does: "The connection is dropped after so many bytes of the body. A shorter body passes.", Endpoint: "tus-patch", Sides: true,
		Bytes: Range{"Bytes before the cut", 0, 1 << 40, 0}, act: cut},
	{Kind: RateLimit, Label: "Rate limit", Does: "429 with this Retry-After; nothing is done.", Endpoint: "any",
		Seconds: Range{"Retry-After in seconds", 0, day, 13}, act: rateLimit},
	{Kind: ErrorStatus, Label: "Error status", Does: "The answer is an error with this status; nothing is done.", Endpoint: "any",
		Status: Range{"Status", 400, 599, 503}, act: errorStatus},
	{Kind: LostAnswer, Label: "Lost answer", Does: "The work is done; the connection is dropped before the answer.", Endpoint: "import", act: lostAnswer},
	{Kind: LateImport, Label: "Late import", Does: "504 at once, as a gateway that gave up; the work is done so many seconds later.", Endpoint: "import",
		Seconds: Range{"Seconds until it is done", 0, 3600, 5}, act: lateImport},
	{Kind: LaggingItems, Label: "Items that lag", Does: "Apps appear in items so many seconds after they were made.", Endpoint: "items", Fixed: true,
		Seconds: Range{"Lag in seconds", 0.001, 3600, 5}, act: laggingItems},
	{Kind: ExpiredToken, Label: "Expired tokens", Does: "Valid tokens are refused with 401.", Endpoint: "api", act: expiredToken},
	{Kind: ShortToken, Label: "Short-lived tokens", Does: "Access tokens that are given now live so many seconds.", Endpoint: "token", Fixed: true,
		Seconds: Range{"Life in seconds", 1, 21600, 5}, act: shortToken},
	{Kind: WebPage, Label: "HTML instead of JSON", Does: "A web page is the answer, as from a proxy; nothing is done.", Endpoint: "any",
		Status: Range{"Status", 200, 599, 200}, act: webPage},
	{Kind: GiganticBody, Label: "Gigantic body", Does: "The answer has so many bytes; nothing is done.", Endpoint: "any",
		Bytes: Range{"Bytes", 1, 1 << 40, 64 << 20}, act: giganticBody},
	{Kind: ContentType, Label: "Wrong content type", Does: "The work is done and answered, under another Content-Type.", Endpoint: "any",
		Text: Word{"Content-Type", "text/plain"}, act: contentType},
	{Kind: Redirect, Label: "Redirect to another host", Does: "307 to the same path on another host; nothing is done.", Endpoint: "any",
		Text: Word{"Host", "elsewhere.invalid"}, act: redirect},
	{Kind: TusLock, Label: "Tus lock", Does: "423: the upload is still busy with an earlier part.", Endpoint: "tus", act: tusLock},
	{Kind: UploadExpired, Label: "Upload expired", Does: "410: the temporary content is over before its time.", Endpoint: "uploads", act: uploadExpired},
	{Kind: ClockSkew, Label: "Clock skew", Does: "The tenant's clock is wrong: in the Date header, and when tokens are judged.", Endpoint: "any",
		Seconds: Range{"Seconds ahead; negative: behind", -30 * day, 30 * day, 3600}, act: clockSkew},
	{Kind: FullQuota, Label: "Full quota", Does: "413: the tenant takes no app of this size.", Endpoint: "import", act: fullQuota},
	{Kind: DailyLimit, Label: "Daily import limit spent", Does: "429 until midnight UTC: no further import today.", Endpoint: "import", act: dailyLimit},
	{Kind: OtherTenant, Label: "Another tenant", Does: "tenants/me and users/me name another tenant id.", Endpoint: "identity", Fixed: true,
		Text: Word{"Tenant id", "another-tenant-at-the-same-place"}, act: otherTenant},
}

// Describe gives the description of a kind, and whether there is one.
func Describe(k Kind) (Description, bool) {
	for _, d := range kinds {
		if d.Kind == k {
			return d, true
		}
	}
	return Description{}, false
}

// or gives the default where the number is missing and zero means nothing.
func (r Range) or(n float64) float64 {
	if r.Label != "" && n == 0 && r.Min > 0 {
		return r.Default
	}
	return n
}

func (r Range) check(n float64) string {
	switch {
	case r.Label == "" && n != 0:
		return "This kind of fault does not take it."
	case r.Label != "" && !(n >= r.Min && n <= r.Max): // so that no number is refused, too
		return fmt.Sprintf("Enter a number from %v to %.0f.", r.Min, r.Max)
	}
	return ""
}

const maxText = 200

func (w Word) check(text string) string {
	switch {
	case w.Label == "" && text != "":
		return "This kind of fault does not take it."
	case len(text) > maxText || strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c > '~' }):
		return fmt.Sprintf("Enter at most %d characters, without spaces and special ones.", maxText)
	}
	return ""
}
