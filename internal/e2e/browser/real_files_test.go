package browser

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/skyferry/skyferry/internal/e2e/program"
)

var uploaded = regexp.MustCompile(`Uploaded (.+)\.\s+It stays on the site`)

// TestRealFiles carries files that Qlik Sense itself has saved, byte for byte.
func TestRealFiles(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(program.Root(), "..", "shared", "data", "qvf", "*.qvf"))
	if len(files) == 0 {
		t.Skip("no real files lie beside the project")
	}
	d := startDemo(t)
	p := newPage(t, newBrowser(t), true)
	p.signIn(d.console)
	w := &walker{t: t, d: d, scripts: true, console: p}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		w.upload(file)
		p.sees("It stays on the site")
		name := uploaded.FindStringSubmatch(p.text())[1]
		p.open(d.console + "/apps")
		id := p.app(name)
		p.act("Publish")
		p.choose("Stream", "Finance")
		p.sees("Will go to: eu")
		p.pressIn("Publish")
		p.sees("Unpublish")
		w.arrives(name, "eu")
		if got := content(t, d.eu, id); got != hash(raw) {
			t.Errorf("the tenant holds other bytes of %s", filepath.Base(file))
		}
	}
}
