package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// patience is how long a look-up waits for something to appear.
const patience = 45 * time.Second

// page is a page that a person uses: it finds things by role and accessible name.
type page struct {
	t     *testing.T
	ctx   context.Context
	where string // the address that it had when another page came to the front
}

// newBrowser starts a headless Chromium of its own.
func newBrowser(t *testing.T) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1440, 900), chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("disable-site-isolation-trials", true), chromedp.Flag("disable-features", "IsolateOrigins,site-per-process,PasswordManagerOnboarding,BackForwardCache,PasswordLeakDetection"), chromedp.Flag("disable-quic", true), chromedp.Flag("hide-scrollbars", true))
	if path := os.Getenv("CHROMIUM"); path != "" {
		options = append(options, chromedp.ExecPath(path))
	}
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	return ctx
}

// newPage is a page of its own in the one tab that the browser has; with scripts off, it gets no JavaScript at all.
// Going to and fro in one tab is what the sessions of several servers on one host must stand.
func newPage(t *testing.T, browser context.Context, scripts bool) *page {
	t.Helper()
	p := &page{t: t, ctx: browser}
	p.do(chromedp.EmulateViewport(1440, 900), func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !scripts})
		return chromedp.Void{}, err
	})
	return p
}

// shown is the page that the tab shows.
var shown *page

// front brings the page back to where it was, when another one was shown meanwhile.
func (p *page) front() {
	if shown == p {
		return
	}
	if shown != nil && shown.ctx == p.ctx {
		shown.where = shown.location()
	}
	shown = p
	if p.where != "" {
		p.navigate(p.where)
	}
}

func (p *page) do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	p.front()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.t.Fatal(err)
	}
}

// open goes to an address.
func (p *page) open(url string) {
	p.t.Helper()
	p.front()
	p.navigate(url)
}

// navigate tries again when a click before is still on its way elsewhere.
func (p *page) navigate(url string) {
	p.t.Helper()
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(p.ctx, patience)
		err = chromedp.Do(ctx, chromedp.Navigate(url))
		cancel()
		if err == nil || !strings.Contains(err.Error(), "ERR_ABORTED") {
			break
		}
	}
	if err != nil {
		p.t.Fatalf("%s: %v", url, err)
	}
}

// element names an element that was found: the value of the mark that find has set on it.
type element string

// finder is axe-core with a function that marks the visible elements of a role and an accessible name, both by axe-core's
// own reading of the standards, and gives the marks.
// The button Apply says after a colon what it does at once.
const finder = `;(function(role, name, within) {
	axe.setup(document)
	try {
		const root = within ? document.querySelector('[data-e2e="' + within + '"]') : document
		const found = [...root.querySelectorAll("*")].filter(e =>
			axe.commons.aria.getRole(e) === role && e.checkVisibility({visibilityProperty: true}) && !e.closest("[inert], [aria-hidden=true]") &&
			!(document.querySelector("dialog:modal") && !e.closest("dialog:modal")) &&
			(name === "" || [name, name + ":"].includes(axe.commons.text.accessibleText(e).trim().match(/^Apply:/)?.[0] ?? axe.commons.text.accessibleText(e).trim())))
		window.e2e = window.e2e || 0
		return found.map(e => { if (!e.dataset.e2e) e.dataset.e2e = ++window.e2e + "-" + Date.now(); return e.dataset.e2e })
	} finally { axe.teardown() }
})`

// find gives the visible elements with a role and an accessible name; an empty name is any.
func (p *page) find(role, name string) []element { return p.findIn("", role, name) }

func (p *page) findIn(container element, role, name string) []element {
	p.front()
	ctx, cancel := context.WithTimeout(p.ctx, 3*time.Second)
	defer cancel()
	there, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`typeof axe === "object" && document.readyState === "complete"`))
	if err != nil {
		return nil // the page is on its way: ask again
	}
	source := ""
	if !there {
		source = axeSource(p.t)
	}
	ids, _ := chromedp.Run(ctx, chromedp.Evaluate[[]element](source+finder+fmt.Sprintf("(%q, %q, %q)", role, name, container)))
	return ids
}

func axeSource(t *testing.T) string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("testdata", "axe.min.js"))
	if err != nil {
		t.Fatalf("axe-core is missing, run make tools: %v", err)
	}
	return string(source)
}

// await waits for exactly one element, and fails with what the page shows instead.
func (p *page) await(role, name string) element {
	p.t.Helper()
	var last int
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		ids := p.find(role, name)
		if last = len(ids); last == 1 {
			return ids[0]
		}
	}
	p.shot("failure")
	p.t.Fatalf("%d elements with role %q and name %q at %s:\n%s", last, role, name, p.location(), p.text())
	return ""
}

// on calls a JavaScript function with the element as this, and gives its value.
func on[T any](p *page, id element, function string, args ...any) T {
	p.t.Helper()
	value, err := try[T](p, id, function, args...)
	if err != nil {
		p.t.Fatalf("%s: %v", function, err)
	}
	return value
}

func try[T any](p *page, id element, function string, args ...any) (T, error) {
	p.front()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	given, err := json.Marshal(args)
	if err != nil || args == nil {
		given = []byte("[]")
	}
	return chromedp.Run(ctx, chromedp.Evaluate[T](fmt.Sprintf(`(%s).apply(document.querySelector('[data-e2e="%s"]'), %s)`, function, id, given)))
}

// onNamed is on for the element with a role and a name. An element that goes away with its page is looked up again.
func onNamed[T any](p *page, role, name, function string, args ...any) T {
	p.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		value, err := try[T](p, p.await(role, name), function, args...)
		if err == nil {
			return value
		}
		if time.Now().After(end) {
			p.t.Fatalf("%s %q: %v", role, name, err)
		}
	}
}

const center = `function() {
	this.scrollIntoView({block: "center", inline: "center", behavior: "instant"})
	const r = this.getClientRects()[0]
	return r ? [r.x + r.width / 2, r.y + r.height / 2] : []
}`

// press clicks the middle of an element with the mouse.
func (p *page) press(id element) {
	p.t.Helper()
	p.pressAt(on[[]float64](p, id, center))
}

func (p *page) pressAt(at []float64) {
	p.t.Helper()
	if len(at) != 2 {
		p.t.Fatal("the element has no place on the page")
	}
	p.do(chromedp.MouseClickXY(at[0], at[1]))
}

// click waits until the element stands still, as a person does, and clicks it.
func (p *page) click(role, name string) {
	p.t.Helper()
	p.pressAt(still(func() []float64 { return onNamed[[]float64](p, role, name, center) }))
}

// still gives the place of something when it stays there.
func still(place func() []float64) []float64 {
	at := place()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		time.Sleep(120 * time.Millisecond)
		now := place()
		if slices.Equal(at, now) {
			break
		}
		at = now
	}
	return at
}

func (p *page) link(name string)   { p.t.Helper(); p.click("link", name) }
func (p *page) button(name string) { p.t.Helper(); p.click("button", name) }

// act clicks the one link or button of a name, whichever it is.
func (p *page) act(name string) {
	p.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		for _, role := range []string{"link", "button"} {
			if len(p.find(role, name)) == 1 {
				p.click(role, name)
				return
			}
		}
	}
	p.t.Fatalf("no single link or button %q at %s:\n%s", name, p.location(), p.text())
}

// fill types into a field in place of what is there.
func (p *page) fill(label, value string) {
	p.t.Helper()
	p.fillIn(p.await("textbox", label), value)
}

func (p *page) fillIn(id element, value string) {
	p.t.Helper()
	on[bool](p, id, `function() { this.focus(); this.select && this.select(); return true }`)
	if value == "" {
		on[bool](p, id, `function() { this.value = ""; this.dispatchEvent(new Event("input", {bubbles: true})); this.dispatchEvent(new Event("change", {bubbles: true})); return true }`)
		return
	}
	p.do(chromedp.KeyEvent(value))
	on[bool](p, id, `function() { this.blur(); return true }`)
}

// unfold opens a closed group.
func (p *page) unfold(id string) {
	p.t.Helper()
	open, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](fmt.Sprintf(`(document.querySelector("#%s > summary").click(), true)`, id)))
	if err != nil || !open {
		p.t.Fatalf("group %s does not open: %v", id, err)
	}
}

// paste puts a long text into a field at once, as the clipboard does.
func (p *page) paste(label, value string) {
	p.t.Helper()
	onNamed[bool](p, "textbox", label, `function(v) { this.focus(); this.value = v; this.dispatchEvent(new Event("input", {bubbles: true})); this.dispatchEvent(new Event("change", {bubbles: true})); return true }`, value)
}

// choose takes an option of a select by its text.
func (p *page) choose(label, option string) {
	p.t.Helper()
	p.chose(onNamed[bool](p, "combobox", label, choose, option), option)
}

func (p *page) chooseIn(id element, option string) {
	p.t.Helper()
	p.chose(on[bool](p, id, choose, option), option)
}

func (p *page) chose(ok bool, option string) {
	p.t.Helper()
	if !ok {
		p.t.Fatalf("no option %q", option)
	}
}

const choose = `function(v) {
	const o = [...this.options].find(o => o.text.trim() === v || o.value === v)
	if (!o) return false
	this.value = o.value
	this.dispatchEvent(new Event("input", {bubbles: true}))
	this.dispatchEvent(new Event("change", {bubbles: true}))
	return true
}`

// within finds an element by role and name inside of another one.
func (p *page) within(container element, role, name string) element {
	p.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if found := p.findIn(container, role, name); len(found) == 1 {
			return found[0]
		}
	}
	p.t.Fatalf("nothing with role %q and name %q in there:\n%s", role, name, p.text())
	return ""
}

// value gives what stands in a field.
func (p *page) value(role, label string) string {
	p.t.Helper()
	return onNamed[string](p, role, label, `function() { return this.value ?? this.textContent }`)
}

// text is what the page shows.
func (p *page) text() string {
	p.front()
	ctx, cancel := context.WithTimeout(p.ctx, 3*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
	if err != nil {
		return err.Error()
	}
	return text
}

func (p *page) location() string {
	ctx, cancel := context.WithTimeout(p.ctx, 3*time.Second)
	defer cancel()
	where, _ := chromedp.Run(ctx, chromedp.Location())
	return where
}

// sees waits until the page shows a text.
func (p *page) sees(text string) {
	p.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if strings.Contains(strings.ToLower(p.text()), strings.ToLower(text)) { // capitals may come from the stylesheet
			return
		}
	}
	p.shot("failure")
	p.t.Fatalf("the page at %s does not show %q:\n%s", p.location(), text, p.text())
}

// comesTo opens a page again and again until it shows a text: what comes about after a page was made waits there behind a button.
func (p *page) comesTo(url, text string) {
	p.t.Helper()
	if !eventually(func() bool { p.open(url); return contains(p.text(), text) }) {
		p.shot("failure")
		p.t.Fatalf("the page at %s does not come to show %q:\n%s", url, text, p.text())
	}
}
