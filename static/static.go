// Package static holds the console's stylesheet and scripts, and serves them under names that contain the hash of their
// content, so that browsers may keep them for ever and never see an old one.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed css/*.css js/*.js vendor/*.js editor/dist/*.js favicon.svg
var files embed.FS

// Prefix is where Handler is to be mounted.
const Prefix = "/static/"

// joined are files made of several, in this order: one request instead of many.
var joined = map[string][]string{
	"app.css": {"css/01-tokens.css", "css/02-base.css", "css/03-shell.css", "css/04-forms.css", "css/05-parts.css", "css/06-tables.css", "css/07-screens.css", "css/08-narrow.css"},
	"app.js":  {"js/time.js", "js/copy.js", "js/form.js", "js/table.js", "js/menu.js", "js/dialog.js", "js/unanswered.js"},
}

type asset struct {
	url     string
	kind    string
	plain   []byte
	zipped  []byte // nil when it does not help
	quoteID string // ETag
}

// loaded are the files, compressed when the first of them is needed: most commands of the program need none.
var loaded = sync.OnceValues(load)

// URL gives the address of a file of this folder, such as "app.css" or "vendor/htmx.min.js". An unknown name panics: it is
// a slip in the program, and every page test finds it.
func URL(name string) string {
	byName, _ := loaded()
	a, ok := byName[name]
	if !ok {
		panic("static: no file " + name)
	}
	return a.url
}

// Handler serves the files at their hashed addresses. Mount it at Prefix; it needs no sign-in.
func Handler() http.Handler {
	_, byURL := loaded()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := byURL[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		a.serve(w, r)
	})
}

func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("ETag", a.quoteID)
	h.Set("Vary", "Accept-Encoding")
	if r.Header.Get("If-None-Match") == a.quoteID {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := a.plain
	if a.zipped != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = a.zipped
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a reader who left needs no answer
	}
}

func load() (names, urls map[string]asset) {
	names, urls = map[string]asset{}, map[string]asset{}
	add := func(name string, body []byte) {
		a := newAsset(name, body)
		names[name], urls[a.url] = a, a
	}
	_ = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			add(name, read(name))
		}
		return err
	})
	for name, parts := range joined {
		body := []byte{}
		for _, part := range parts {
			body = append(append(body, read(part)...), '\n')
		}
		add(name, body)
	}
	return names, urls
}

func read(name string) []byte {
	body, err := files.ReadFile(name)
	if err != nil {
		panic("static: " + err.Error()) // a name in joined that is not embedded: a slip in the program
	}
	return body
}

func newAsset(name string, body []byte) asset {
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:6])
	ext := path.Ext(name)
	a := asset{
		url:     Prefix + strings.TrimSuffix(name, ext) + "." + hash + ext,
		kind:    mime.TypeByExtension(ext),
		plain:   body,
		quoteID: `"` + hash + `"`,
	}
	if z := zip(body); len(z) < len(body) {
		a.zipped = z
	}
	return a
}

func zip(body []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	_, _ = w.Write(body) // writing to memory does not fail
	_ = w.Close()
	return b.Bytes()
}
