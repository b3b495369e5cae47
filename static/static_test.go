package static_test

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/static"
)

func get(t *testing.T, method, url string, header http.Header) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, url, nil)
	r.Header = header
	w := httptest.NewRecorder()
	static.Handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFilesAreServedForEverUnderTheirHash(t *testing.T) {
	kinds := map[string]string{
		"app.css": "text/css; charset=utf-8", "app.js": "text/javascript; charset=utf-8",
		"js/theme.js": "text/javascript; charset=utf-8", "vendor/htmx.min.js": "text/javascript; charset=utf-8",
		"favicon.svg": "image/svg+xml",
	}
	for name, kind := range kinds {
		res := get(t, "GET", static.URL(name), http.Header{})
		if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != kind {
			t.Errorf("%s: %d %q, want 200 %q", name, res.StatusCode, res.Header.Get("Content-Type"), kind)
		}
		if !strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s may not be kept: %q", name, res.Header.Get("Cache-Control"))
		}
		again := get(t, "GET", static.URL(name), http.Header{"If-None-Match": {res.Header.Get("ETag")}})
		if again.StatusCode != http.StatusNotModified {
			t.Errorf("%s asked for again: %d, want 304", name, again.StatusCode)
		}
	}
}

func TestCompressedAndPlainAreTheSame(t *testing.T) {
	url := static.URL("app.css")
	plain := body(t, get(t, "GET", url, http.Header{}).Body)
	res := get(t, "GET", url, http.Header{"Accept-Encoding": {"br, gzip"}})
	if res.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("Content-Encoding %q, want gzip", res.Header.Get("Content-Encoding"))
	}
	z, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(plain, body(t, z)); d != "" {
		t.Error(d)
	}
	if got := body(t, get(t, "HEAD", url, http.Header{}).Body); got != "" {
		t.Errorf("HEAD has a body of %d bytes", len(got))
	}
}

// A stylesheet with a number belongs to app.css; one without is a page's own.
func TestEveryNumberedStylesheetIsInAppCSS(t *testing.T) {
	whole := body(t, get(t, "GET", static.URL("app.css"), http.Header{}).Body)
	parts, err := filepath.Glob("css/[0-9]*.css")
	if err != nil || len(parts) == 0 {
		t.Fatalf("no stylesheets: %v", err)
	}
	for _, part := range parts {
		if text, _ := os.ReadFile(part); !strings.Contains(whole, string(text)) {
			t.Errorf("%s is not part of app.css: name it in static.go", part)
		}
	}
}

func TestUnknownFileIsNotFound(t *testing.T) {
	for _, url := range []string{"/static/app.css", "/static/app.000000000000.css", "/static/", "/static/../static.go"} {
		if res := get(t, "GET", url, http.Header{}); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", url, res.StatusCode)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("URL of an unknown file did not panic")
		}
	}()
	static.URL("no.css")
}

// The bundle of the editor is built by make editor; a source that was changed without it has another sum.
func TestFilesBelongToTheirSums(t *testing.T) {
	for folder, must := range map[string][]string{
		"vendor": {"*.js"}, "editor": {"*.js", "package*.json", "src/*", "dist/*"},
	} {
		listed := compareSums(t, folder)
		for _, pattern := range must {
			files, _ := filepath.Glob(filepath.Join(folder, pattern))
			if len(files) == 0 {
				t.Errorf("%s has no %s", folder, pattern)
			}
			for _, file := range files {
				if !listed[file] {
					t.Errorf("%s is not listed in SHA256SUMS", file)
				}
			}
		}
	}
}

// compareSums compares the files that the folder's SHA256SUMS lists, and gives them.
func compareSums(t *testing.T, folder string) (listed map[string]bool) {
	t.Helper()
	list, err := os.Open(filepath.Join(folder, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	listed = map[string]bool{}
	for lines := bufio.NewScanner(list); lines.Scan(); {
		want, name, _ := strings.Cut(lines.Text(), "  ")
		file := filepath.Join(folder, name)
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(content)
		if got := hex.EncodeToString(sum[:]); got != want {
			t.Errorf("%s has the sum %s, SHA256SUMS says %s", file, got, want)
		}
		listed[file] = true
	}
	return listed
}
