package browser

import (
	"encoding/json"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/skyferry/skyferry/internal/e2e/driver"
	"github.com/skyferry/skyferry/internal/e2e/program"
)

// TestSite connects an empty console to a sandbox repository: the first run, the test, what is known of the site, fewer apps than
// before, another site, and a site that is gone.
func TestSite(t *testing.T) {
	certs, listen := t.TempDir(), program.FreeAddress(t)
	repository := program.Start(t, environment, []string{"repository"}, "sandbox", "repository", "--listen", program.FreeAddress(t),
		"--hub-listen", program.FreeAddress(t), "--certs", certs, "--data", t.TempDir())
	words := strings.Fields(repository.Lines["repository"][0]) // NAME https://HOST:PORT hub http://HOST:PORT api-key KEY
	host, port, err := net.SplitHostPort(strings.TrimPrefix(words[1], "https://"))
	if err != nil {
		t.Fatal(err)
	}
	program.Start(t, environment, []string{"console"}, "serve", "--data", t.TempDir(), "--listen", listen)
	console := "http://" + listen
	p := newPage(t, newBrowser(t), true)
	p.signIn(console)
	p.sees("Enter how the repository of your Qlik Sense site is reached")
	p.look("start-first-run")
	p.open(console + "/apps")
	p.sees("Where do the apps come from?")
	p.glance("apps-first-run")
	p.link("Connect the site")
	p.sees("Until then there is nothing to distribute.")
	p.look("site-first-run")

	p.button("Test connection")
	p.sees("Not tested.")
	p.sees("Host: Enter the name")
	p.fill("Host", host)
	p.fill("Port", port)
	p.fill("Callback address", console)
	p.fill("Look every (seconds)", "1")
	p.fill("Full sweep every (minutes)", "0.1")
	for field, file := range map[string]string{"#client": "client.pem", "#key": "client_key.pem", "#root": "root.pem"} {
		p.do(chromedp.SetUploadFiles(field, []string{filepath.Join(certs, file)}))
	}
	p.tabTo("Test connection")
	p.keys(kb.Enter)
	p.sees("0 failed")
	p.focuses("Test connection") // who tests by keyboard goes on where they are
	p.look("site-test")
	p.refusedByKeyboard(port, filepath.Join(certs, "client_key.pem"))
	p.button("Apply")
	p.sees("Successfully added")
	p.comes(console+"/apps", "Headcount plan")
	p.glance("apps-repository")
	p.link("Headcount plan")
	p.sees("is changed there, in the QMC or the hub")
	p.glance("app-repository")
	p.open(console + "/streams")
	p.link("Finance")
	p.sees("Back to Streams")
	p.glance("stream-repository")
	p.open(console + "/site/rights")
	p.look("site-rights")
	p.comes(console+"/site", "callbacks, and a look every")
	p.look("site-repository")
	for _, path := range []string{"/site", "/site/rights", "/site/moving-in", "/apps", "/status?tab=all"} {
		p.showsEachStop(console + path)
	}

	post(t, words[3], "/sandbox/v1/faults", `{"kind":"hidden-rows","ids":`+firstApps(t, words[3], 3)+`}`) // a part of them might be one, which is believed
	p.comes(console, "Site answers fewer apps than before")
	p.look("start-site-attention")
	p.open(console + "/site")
	p.look("site-fewer-apps")
	p.tabTo("Accept")
	p.keys(kb.Enter)
	p.sees("Accepted.")
	p.fill("Host", "localhost")
	p.button("Apply")
	p.sees("Change the site from " + host + " to localhost?")
	p.becomes(`document.activeElement?.getAttribute("aria-labelledby") ?? ""`, "question-title")
	p.look("site-question")
	p.js(`document.getElementById("site").removeAttribute("data-edit"), ""`) // else leaving asks
	p.link("Cancel")
	p.becomes(`String(document.getElementById("question-title"))`, "null")

	repository.Stop()
	p.comes(console, "out of touch")
	p.glance("start-out-of-touch")
	p.open(console + "/site")
	p.look("site-out-of-touch")
}

// refusedByKeyboard applies a port that cannot be, with nothing but keys: the keyboard is at what is wrong, and next at the way to the field.
func (p *page) refusedByKeyboard(port, key string) {
	p.t.Helper()
	p.tabTo("Port")
	p.keys("x" + kb.Enter)
	p.becomes(`document.activeElement?.id ?? ""`, "error-summary")
	p.keys(kb.Tab)
	p.becomes(`document.activeElement?.getAttribute("href") ?? ""`, "#port")
	p.fill("Port", port)
	p.do(chromedp.SetUploadFiles("#key", []string{key})) // what no page holds is chosen again; the certificates are kept
}

// firstApps gives the ids of some apps of the repository with that hub, as JSON.
func firstApps(t *testing.T, hub string, n int) string {
	t.Helper()
	response, err := driver.Tenant{Base: hub, Key: apiKey}.Call(t.Context(), http.MethodGet, hub+"/sandbox/v1/apps", "", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var apps []struct{ ID string }
	if err := json.NewDecoder(response.Body).Decode(&apps); err != nil || len(apps) < n {
		t.Fatalf("%d apps, %v", len(apps), err)
	}
	ids := make([]string, n)
	for i := range ids {
		ids[i] = apps[i].ID
	}
	text, err := json.Marshal(ids)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// comes opens a page again and again until it shows a text.
func (p *page) comes(url, text string) {
	p.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		p.open(url)
		if contains(p.text(), text) {
			return
		}
	}
	p.shot("failure")
	p.t.Fatalf("the page at %s never shows %q:\n%s", url, text, p.text())
}
