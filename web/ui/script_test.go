package ui_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/skyferry/skyferry/static"
)

// browser is a window that shows pages of the gallery, at the width of a desk.
type browser struct {
	t      *testing.T
	run    func(chromedp.Action[chromedp.Void]) error
	truth  func(string) (bool, error)
	shot   func() ([]byte, error)
	server string
}

func open(t *testing.T) browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no Chromium")
	}
	mux := http.NewServeMux()
	mux.Handle(static.Prefix, static.Handler())
	mux.HandleFunc("/gallery/{page}", showPage)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	allocator, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.ExecPath(path))...)
	t.Cleanup(stop)
	ctx, shut := chromedp.NewContext(allocator)
	t.Cleanup(shut)
	b := browser{t: t, server: server.URL}
	b.run = func(a chromedp.Action[chromedp.Void]) error { _, err := chromedp.Run(ctx, a); return err }
	b.truth = func(js string) (bool, error) { return chromedp.Run(ctx, chromedp.Evaluate[bool](js)) }
	b.shot = func() ([]byte, error) { return chromedp.Run(ctx, chromedp.CaptureScreenshot()) }
	b.do("a window of 1440 pixels", chromedp.EmulateViewport(1440, 900))
	return b
}

func (b browser) do(what string, a chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := b.run(a); err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
}

func (b browser) show(page string) {
	b.t.Helper()
	b.do("show "+page, chromedp.Navigate(b.server+"/gallery/"+page))
}

// js runs a script in the page; it must not navigate.
func (b browser) js(script string) {
	b.t.Helper()
	b.do(script, chromedp.Evaluate[chromedp.Void]("{"+script+"}; 0"))
}

func (b browser) must(what, condition string) {
	b.t.Helper()
	if ok, err := b.truth(condition); err != nil || !ok {
		b.t.Errorf("%s: %s is %t, %v", what, condition, ok, err)
	}
}

func TestScripts(t *testing.T) {
	b := open(t)
	b.show("deployment")
	b.must("a stored value is named", `document.querySelector('.was[data-for=contact]').innerText.includes('Was m.ruiz@acme.example')`)
	b.must("changes are counted", `document.querySelector('.actions .note').textContent === '1 change not applied'`)
	b.js(`document.querySelector('[data-undo=contact]').click()`)
	b.must("undo brings it back", `document.getElementById('contact').value === 'm.ruiz@acme.example' && !document.querySelector('.was')`)
	b.js(`const a = document.getElementById('audience'); a.value = 'x'; a.dispatchEvent(new Event('input', {bubbles: true}))`)
	b.must("a changed field has its mark", `document.querySelector('.was[data-for=audience]').innerText.includes('Was qlik.api')`)
	b.js(`const n = document.getElementById('name'); n.value = ' '; n.dispatchEvent(new Event('input', {bubbles: true}))`)
	b.must("Apply waits for a mandatory field", `document.querySelector('.actions .primary').disabled`)
	b.js(`document.querySelector('[data-undo=name]').click()`)
	b.must("Apply is free again", `!document.querySelector('.actions .primary').disabled`)
	b.js(`document.querySelector('[data-dialog=publish]').click()`)
	b.picture("dialog")
	b.must("the dialog is modal", `document.getElementById('publish').matches(':modal')`)
	b.js(`document.querySelector('#publish .dialog-actions [data-close]').click()`)
	b.must("Cancel closes it", `!document.getElementById('publish').open`)
	b.js(`navigator.clipboard.writeText = () => Promise.reject(); document.querySelector('[data-copy]').click()`)
	b.must("without a clipboard the text is selected", `document.querySelector('.copied').textContent.includes('press Ctrl+C') && document.activeElement.id === 'token'`)
	b.js(`navigator.clipboard.writeText = (text) => { window.got = text; return Promise.resolve(); }; document.querySelector('[data-copy]').click()`)
	b.must("with one it says so", `document.querySelector('.copied').textContent === 'Copied' && window.got.startsWith('eyJ')`)
	b.js(`for (const f of document.forms) f.reset()`)
}

func TestTableScripts(t *testing.T) {
	b := open(t)
	b.show("status")
	b.must("buttons wait for rows", `document.querySelector('.actions [data-needs-row]').disabled`)
	b.js(`document.querySelector('[data-all]').click()`)
	b.must("all rows are ticked", `!document.querySelector('.actions [data-needs-row]').disabled && document.querySelector('.selected-count').textContent === '6 selected'`)
	b.js(`document.querySelector('[data-columns] input[value=message]').click()`)
	b.show("status")
	b.must("a column stays away after a reload", `document.querySelector('td[data-col=message]').offsetParent === null`)
	b.must("a hidden column is hidden", `document.querySelector('td[data-col=id]').offsetParent === null`)
	b.must("times are in the reader's zone", `!document.querySelector('td time').textContent.includes('UTC')`)
	b.js(`document.querySelector('.start-menu summary').click()`)
	b.must("the menu opens", `document.querySelector('.start-menu').open`)
	b.picture("menu")
	b.js(`document.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape', bubbles: true}))`)
	b.must("Escape closes it", `!document.querySelector('.start-menu').open`)
	b.js(`document.querySelector('[data-theme-toggle]').click()`)
	b.show("status")
	b.must("the theme is kept", `document.documentElement.dataset.theme === 'dark'`)
}

func TestNoPageScrollsSideways(t *testing.T) {
	b := open(t)
	for _, width := range []int64{1440, 1000, 800, 720, 390, 320} {
		b.do("another width", chromedp.EmulateViewport(width, 900))
		for page := range galleryPages(nil) {
			b.show(page)
			b.must(fmt.Sprintf("%s at %d pixels", page, width), `document.documentElement.scrollWidth <= innerWidth`)
			b.js(`for (const a of document.querySelectorAll("h1, .table .name > a, .group-head .meta")) a.textContent = "a".repeat(256)`)
			b.must(fmt.Sprintf("%s with a long name at %d pixels", page, width), `document.documentElement.scrollWidth <= innerWidth`)
		}
	}
}

// picture saves what the window shows where SKYFERRY_SHOTS names a folder.
func (b browser) picture(name string) {
	b.t.Helper()
	folder := os.Getenv("SKYFERRY_SHOTS")
	if folder == "" {
		return
	}
	png, err := b.shot()
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name+".png"), png, 0o600)
	}
	if err != nil {
		b.t.Error(err)
	}
}
