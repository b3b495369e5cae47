package tenant

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
)

// The life of an upload counts from its creation, so the import must come within it (qlik-cloud-api.md section 4).
const (
	minTTL = time.Second
	maxTTL = 72 * time.Hour
)

const (
	tusVersion = "1.0.0"
	filesPath  = "/temp-contents/files/"
)

// CreateUpload opens a resumable upload of size bytes that the tenant keeps for ttl (between 1 s and 3 days), and gives
// its address. Store the address: it is all that is needed to go on after a restart.
func (c *Client) CreateUpload(ctx context.Context, filename string, size int64, ttl time.Duration) (string, error) {
	seconds := strconv.Itoa(int(min(max(ttl, minTTL), maxTTL).Seconds()))
	k := call{name: "open the upload", method: http.MethodPost, url: c.api("temp-contents/files", nil), header: map[string]string{
		"Tus-Resumable":   tusVersion,
		"Upload-Length":   strconv.FormatInt(size, 10),
		"Upload-Metadata": "filename " + encode(filename) + ",ttl " + encode(seconds),
	}}
	a, _, err := c.do(ctx, k)
	if err != nil {
		return "", err
	}
	return c.location(k, a)
}

func encode(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// location reads where the upload lies: on this tenant, or the answer is refused.
func (c *Client) location(k call, a answer) (string, error) {
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil || !strings.Contains(u.Path, filesPath) || FileID(u.Path) == "files" {
		return "", k.bad(a, "it does not say where the upload lies")
	}
	u = c.base.ResolveReference(u)
	if !c.own(u) {
		return "", k.bad(a, "the upload would lie on another host, %s", cut(u.Host, nil, maxStart))
	}
	u.Scheme, u.Host = c.base.Scheme, c.base.Host // never from TLS to clear text, whatever a proxy made of it
	return u.String(), nil
}

// own reports whether an address is on this tenant. A tenant behind a proxy that ends TLS may call itself http.
func (c *Client) own(u *url.URL) bool {
	seen := *u
	if seen.Port() == "" {
		seen.Scheme = c.base.Scheme
	}
	return strings.EqualFold(seen.Hostname(), c.base.Hostname()) && port(&seen) == port(c.base)
}

// UploadOffset asks how many bytes of an upload the tenant has.
func (c *Client) UploadOffset(ctx context.Context, uploadURL string) (int64, error) {
	k := call{name: "ask how far the upload is", method: http.MethodHead, header: map[string]string{"Tus-Resumable": tusVersion}}
	if err := c.aim(&k, uploadURL); err != nil {
		return 0, err
	}
	a, _, err := c.do(ctx, k)
	if err != nil {
		return 0, err
	}
	offset, err := strconv.ParseInt(a.header.Get("Upload-Offset"), 10, 64)
	if err != nil || offset < 0 {
		return 0, k.bad(a, "it has no Upload-Offset")
	}
	return offset, nil
}

// aim points a call at an upload, which must be on this tenant: the call carries the token.
func (c *Client) aim(k *call, uploadURL string) error {
	u, err := url.Parse(uploadURL)
	if err != nil || c.base == nil || !sameHost(u, c.base) {
		return &Error{Call: k.name, Cause: NotFound, Detail: "the upload was opened at another address than the API endpoint"}
	}
	k.url = uploadURL
	return nil
}

// UploadChunk sends n bytes of body as the part of the upload that starts at offset, and gives the next offset, which may
// be less than offset+n. There is no total timeout; a part that moves no byte for 60 s is Stalled. After any error ask
// UploadOffset. A body that is an io.Seeker can be sent again when the token turns out to be refused in the middle.
// An error that is no *Error is the body's own.
func (c *Client) UploadChunk(ctx context.Context, uploadURL string, offset int64, body io.Reader, n int64) (int64, error) {
	k := call{name: "upload a part of the app", method: http.MethodPatch, header: map[string]string{
		"Tus-Resumable": tusVersion,
		"Content-Type":  "application/offset+octet-stream",
		"Upload-Offset": strconv.FormatInt(offset, 10),
		"Expect":        "100-continue", // so that a refusal comes before the bytes
	}}
	if err := c.aim(&k, uploadURL); err != nil {
		return 0, err
	}
	k.chunk = &chunk{src: body, size: n, quiet: c.quiet, answer: c.answer}
	a, _, err := c.do(ctx, k)
	if err != nil {
		return 0, err
	}
	next, err := strconv.ParseInt(a.header.Get("Upload-Offset"), 10, 64)
	if err != nil || next <= offset || next > offset+n {
		return 0, k.bad(a, "after %d bytes from %d it has no sensible Upload-Offset", n, offset)
	}
	return next, nil
}

// FileID is the id by which an import names a finished upload.
func FileID(uploadURL string) string {
	if u, err := url.Parse(uploadURL); err == nil {
		return path.Base(u.Path)
	}
	return ""
}
