package faults

import (
	"io"
	"math"
	"net/http"
	"strconv"
	"time"
)

// The effects of this file answer instead of doing the call.

func rateLimit(h hit, w http.ResponseWriter, r *http.Request, _ http.Handler) {
	seconds := strconv.Itoa(int(math.Ceil(float64(h.Wait))))
	w.Header().Set("Retry-After", seconds)
	h.list.Refuse(w, r, http.StatusTooManyRequests, "You need to wait "+seconds+" seconds until limit is lifted.")
}

func errorStatus(h hit, w http.ResponseWriter, r *http.Request, _ http.Handler) {
	h.list.Refuse(w, r, h.Status, "A fault of the sandbox.")
}

func expiredToken(h hit, w http.ResponseWriter, r *http.Request, _ http.Handler) {
	w.Header().Set("WWW-Authenticate", `Bearer realm="sandbox tenant"`)
	h.list.Refuse(w, r, http.StatusUnauthorized, "The token has expired.")
}

func tusLock(h hit, w http.ResponseWriter, r *http.Request, _ http.Handler) {
	h.list.Refuse(w, r, http.StatusLocked, "The upload is still busy with an earlier part.")
}

func uploadExpired(h hit, w http.ResponseWriter, r *http.Request, _ http.Handler) {
	h.list.Refuse(w, r, http.StatusGone, "The temporary content has expired.")
}

func fullQuota(h hit, w http.ResponseWriter, r *http.Request, _ http.Handler) {
	h.list.Refuse(w, r, http.StatusRequestEntityTooLarge, "The quota of this tenant is full.")
}

// dailyLimit answers as for a rate limit whose time is over at midnight; Qlik does not publish how it answers.
func dailyLimit(h hit, w http.ResponseWriter, r *http.Request, _ http.Handler) {
	now := h.list.Now().UTC()
	midnight := now.Truncate(day * time.Second).Add(day * time.Second)
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(midnight.Sub(now).Seconds()))))
	h.list.Refuse(w, r, http.StatusTooManyRequests, "The imports of this day are used up.")
}

const proxyPage = `<!DOCTYPE html>
<html lang="en"><head><title>Network sign-in</title></head>
<body><h1>Network sign-in</h1><p>A fault of the sandbox: this page is what a proxy might answer.</p></body></html>
`

func webPage(h hit, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(h.Status)
	_, _ = io.WriteString(w, proxyPage) // the client may be gone
}

func redirect(h hit, w http.ResponseWriter, r *http.Request, _ http.Handler) {
	w.Header().Set("Location", "https://"+h.Text+r.URL.RequestURI())
	w.WriteHeader(http.StatusTemporaryRedirect)
}

// giganticBody is JSON of one long text; it ends early when nobody reads it any more.
func giganticBody(h hit, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"data":"`)
	if _, err := io.CopyN(w, letters{h}, h.Bytes); err == nil {
		_, _ = io.WriteString(w, `"}`)
	}
}

// letters is an endless text, until the fault is stopped.
type letters struct{ hit }

// Read implements io.Reader.
func (l letters) Read(p []byte) (int, error) {
	select {
	case <-l.over:
		return 0, io.EOF
	default:
	}
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}
