package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Download is an app's file on its way. Close it.
type Download struct {
	io.ReadCloser

	Size int64 // bytes; -1: not announced
}

// exported is the AppExportResponse (qlik-repository-api.md section 3.4).
type exported struct {
	DownloadPath string `json:"downloadPath"`
	Cancelled    bool   `json:"cancelled"`
}

// Export lets the engine write the app's file, which may take hours, and opens its download. Published sheets travel, the community's
// too, private ones never. A link works once: when the download breaks off, export anew. An export that is broken off is cancelled.
func (c *Client) Export(ctx context.Context, appID string, skipData bool) (*Download, error) {
	token := uuid.NewString()
	k := call{name: "export the app", right: exportApps, method: http.MethodPost, named: true, path: "app/" + url.PathEscape(appID) + "/export/" + token,
		query: query{"skipData", strconv.FormatBool(skipData), "exportScope", "published"}, total: c.limits.export, head: c.limits.export, idle: c.limits.idle}
	var out exported
	err := c.fetchIn(ctx, k, &out)
	switch {
	case err != nil:
		if e, ok := errors.AsType[*Error](err); ok && e.Status == 0 {
			c.cancelExport(ctx, k)
		}
		return nil, err
	case out.Cancelled || out.DownloadPath == "":
		return nil, &Error{Call: k.name, Kind: Failed, Status: http.StatusCreated, Said: "The export was cancelled on the site.", Remedy: "It is tried again."}
	}
	return c.download(ctx, out.DownloadPath)
}

// cancelTime bounds the cancelling of an export that was broken off.
const cancelTime = 3 * time.Second

// cancelExport tells the repository that nobody waits for an export any more; also when our side is about to stop.
func (c *Client) cancelExport(ctx context.Context, k call) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), cancelTime)
	defer stop()
	if err := c.fetch(ctx, call{name: "cancel the export", method: http.MethodDelete, named: true, path: k.path}, nil); err != nil {
		c.log.DebugContext(ctx, "an export could not be cancelled", "error", err)
	}
}

// download opens a link. Its path lies below the host, or the proxy's prefix, and is sent as it came: decoding and encoding it again
// could make it another one.
func (c *Client) download(parent context.Context, path string) (*Download, error) {
	k := call{name: "download the exported app", right: exportApps, method: http.MethodGet, named: true, total: c.limits.download, head: c.limits.pause, idle: c.limits.pause}
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return nil, &Error{Call: k.name, Kind: BadAnswer, Status: http.StatusCreated, Said: "The link is no path on the site: “" + cut(path, maxStart) + "”.", Remedy: "Check that a repository of Qlik Sense answers at " + c.origin.Host + ", and its version."}
	}
	w := newWatch(parent, k.total)
	r, err := c.request(w.ctx, k)
	if err != nil {
		w.end()
		return nil, naming(err, k)
	}
	r.URL = c.link(path)
	r.Header.Set("Accept", "*/*")
	r.Header.Set("Accept-Encoding", "identity") // the file as it is, with its size
	a, err := c.send(parent, w, k, r)
	if err != nil {
		return nil, linkError(err)
	}
	if strings.Contains(strings.ToLower(a.header.Get("Content-Type")), "html") {
		defer a.close()
		body, _ := io.ReadAll(io.LimitReader(a, maxRefusal)) // what came is named as far as it came
		return nil, c.page(a, body)
	}
	return &Download{ReadCloser: &file{answer: a}, Size: a.size}, nil
}

// link gives the address of a download as one that is not encoded again.
func (c *Client) link(path string) *url.URL {
	if prefix := c.origin.Path; prefix != "" && !strings.HasPrefix(path, prefix+"/") {
		path = prefix + path
	}
	path, rest, _ := strings.Cut(path, "?")
	return &url.URL{Scheme: c.origin.Scheme, Host: c.origin.Host, Opaque: sendable(path), RawQuery: sendable(rest)}
}

// sendable encodes the bytes that can stand in no line of a request; QRS has encoded them already.
func sendable(path string) string {
	var b strings.Builder
	for i := range len(path) {
		if ch := path[i]; ch <= ' ' || ch >= 0x7f || ch == '#' {
			fmt.Fprintf(&b, "%%%02X", ch)
		} else {
			b.WriteByte(ch)
		}
	}
	return b.String()
}

// linkError makes of a missing file what it is: a link that is used up, which says nothing of the app.
func linkError(err error) error {
	if e, ok := errors.AsType[*Error](err); ok && e.Kind == NotFound {
		e.Kind, e.Said, e.Remedy = LinkGone, "The link of the exported file no longer works (HTTP 404).", "The app is exported anew."
	}
	return err
}

// file is a download; an empty one is no app.
type file struct {
	*answer

	came bool
}

// Close implements io.Closer.
func (f *file) Close() error {
	f.close()
	return nil
}

// Read implements io.Reader.
func (f *file) Read(p []byte) (int, error) {
	n, err := f.answer.Read(p)
	f.came = f.came || n > 0
	if errors.Is(err, io.EOF) && !f.came {
		return n, &Error{Call: f.call.name, Kind: BadAnswer, Status: f.status, Said: "The exported file is empty.", Remedy: "Look at the site's Engine log of this moment. It is exported anew."}
	}
	return n, err
}
