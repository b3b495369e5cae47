package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a look-up waits for something to appear.
const patience = 20 * time.Second

// page drives one browser tab as a person does: it finds things by role and accessible name.
type page struct {
	t   *testing.T
	ctx context.Context
}

// newBrowser starts a headless Chromium of its own.
func newBrowser(t *testing.T) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1440, 900), chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-quic", true), chromedp.Flag("hide-scrollbars", true))
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

// newPage opens a tab; with scripts off, pages get no JavaScript at all.
func newPage(t *testing.T, browser context.Context, scripts bool) *page {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	p := &page{t, ctx}
	p.do(chromedp.EmulateViewport(1440, 900))
	if !scripts {
		p.do(func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
			_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
			return chromedp.Void{}, err
		})
	}
	return p
}

func (p *page) do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, actions...); err != nil {
		p.t.Fatal(err)
	}
}

// open goes to an address.
func (p *page) open(url string) {
	p.t.Helper()
	p.do(chromedp.Navigate(url))
}

// find gives the backend ids of the visible elements with a role and an accessible name. An empty role is any.
func (p *page) find(role, name string) []cdp.BackendNodeID {
	ids, _ := chromedp.Run(p.ctx, func(ctx context.Context, _ *chromedp.Target) ([]cdp.BackendNodeID, error) {
		document, err := chromedp.Call(ctx, dom.GetDocument, dom.GetDocumentParams{})
		if err != nil {
			return nil, err
		}
		found, err := chromedp.Call(ctx, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{
			BackendNodeID: document.Root.BackendNodeID, Role: role, AccessibleName: name,
		})
		if err != nil {
			return nil, err
		}
		var ids []cdp.BackendNodeID
		for _, n := range found.Nodes {
			if !n.Ignored {
				ids = append(ids, n.BackendDOMNodeID)
			}
		}
		return ids, nil
	})
	return ids
}

// await waits for exactly one element, and fails with what the page shows instead.
func (p *page) await(role, name string) cdp.BackendNodeID {
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
	return 0
}

// on calls a JavaScript function with the element as this, and gives its value.
func on[T any](p *page, id cdp.BackendNodeID, function string, args ...any) T {
	p.t.Helper()
	value, err := chromedp.Run(p.ctx, func(ctx context.Context, t *chromedp.Target) (T, error) {
		var zero T
		object, err := chromedp.Call(ctx, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: id})
		if err != nil {
			return zero, err
		}
		call := chromedp.CallFunctionOn[T](function, func(c *runtime.CallFunctionOnParams) {
			c.ObjectID = object.Object.ObjectID
		}, args...)
		return call(ctx, t)
	})
	if err != nil {
		p.t.Fatalf("%s: %v", function, err)
	}
	return value
}

const center = `function() {
	this.scrollIntoView({block: "center", inline: "center", behavior: "instant"})
	const r = this.getClientRects()[0]
	return r ? [r.x + r.width / 2, r.y + r.height / 2] : []
}`

// press clicks the middle of an element with the mouse.
func (p *page) press(id cdp.BackendNodeID) {
	p.t.Helper()
	at := on[[]float64](p, id, center)
	if len(at) != 2 {
		p.t.Fatal("the element has no place on the page")
	}
	p.do(chromedp.MouseClickXY(at[0], at[1]))
}

func (p *page) click(role, name string) {
	p.t.Helper()
	p.press(p.await(role, name))
}

func (p *page) link(name string)   { p.t.Helper(); p.click("link", name) }
func (p *page) button(name string) { p.t.Helper(); p.click("button", name) }

// fill types into a field in place of what is there.
func (p *page) fill(label, value string) {
	p.t.Helper()
	p.fillIn(p.await("textbox", label), value)
}

func (p *page) fillIn(id cdp.BackendNodeID, value string) {
	p.t.Helper()
	on[bool](p, id, `function() { this.focus(); this.select && this.select(); return true }`)
	if value == "" {
		on[bool](p, id, `function() { this.value = ""; this.dispatchEvent(new Event("input", {bubbles: true})); this.dispatchEvent(new Event("change", {bubbles: true})); return true }`)
		return
	}
	p.do(chromedp.KeyEvent(value))
	on[bool](p, id, `function() { this.blur(); return true }`)
}

// paste puts a long text into a field at once, as the clipboard does.
func (p *page) paste(label, value string) {
	p.t.Helper()
	on[bool](p, p.await("textbox", label), `function(v) { this.focus(); this.value = v; this.dispatchEvent(new Event("input", {bubbles: true})); this.dispatchEvent(new Event("change", {bubbles: true})); return true }`, value)
}

// choose takes an option of a select by its text.
func (p *page) choose(label, option string) {
	p.t.Helper()
	p.chooseIn(p.await("combobox", label), option)
}

func (p *page) chooseIn(id cdp.BackendNodeID, option string) {
	p.t.Helper()
	ok := on[bool](p, id, `function(v) {
		const o = [...this.options].find(o => o.text.trim() === v || o.value === v)
		if (!o) return false
		this.value = o.value
		this.dispatchEvent(new Event("input", {bubbles: true}))
		this.dispatchEvent(new Event("change", {bubbles: true}))
		return true
	}`, option)
	if !ok {
		p.t.Fatalf("no option %q", option)
	}
}

// within finds an element by role and name inside of another one.
func (p *page) within(container cdp.BackendNodeID, role, name string) cdp.BackendNodeID {
	p.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		found, err := chromedp.Run(p.ctx, func(ctx context.Context, _ *chromedp.Target) (accessibility.QueryAXTreeResult, error) {
			return chromedp.Call(ctx, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{BackendNodeID: container, Role: role, AccessibleName: name})
		})
		if err == nil && len(found.Nodes) == 1 {
			return found.Nodes[0].BackendDOMNodeID
		}
	}
	p.t.Fatalf("nothing with role %q and name %q in there:\n%s", role, name, p.text())
	return 0
}

// value gives what stands in a field.
func (p *page) value(role, label string) string {
	p.t.Helper()
	return on[string](p, p.await(role, label), `function() { return this.value ?? this.textContent }`)
}

// text is what the page shows.
func (p *page) text() string {
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](`document.body.innerText`))
	if err != nil {
		return err.Error()
	}
	return text
}

func (p *page) location() string {
	where, _ := chromedp.Run(p.ctx, chromedp.Location())
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

// shot saves a screenshot of the whole page.
func (p *page) shot(name string) {
	p.t.Helper()
	picture, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		p.t.Logf("no screenshot: %v", err)
		return
	}
	folder := os.Getenv("SKYFERRY_SHOTS")
	if folder == "" {
		folder = "shots"
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// look saves the page in light and dark, wide and narrow, and lets axe-core judge it in each.
func (p *page) look(name string) {
	p.t.Helper()
	for _, scheme := range []string{"light", "dark"} {
		for label, width := range map[string]int64{"wide": 1440, "narrow": 390} {
			p.do(chromedp.EmulateViewport(width, 900), func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
				_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
					Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
				})
				return chromedp.Void{}, err
			})
			p.grow(width)
			p.shot(fmt.Sprintf("%s-%s-%s", name, label, scheme))
			p.axe(fmt.Sprintf("%s %s %s", name, label, scheme))
			p.staysWithin(name + " " + label)
		}
	}
	p.do(chromedp.EmulateViewport(1440, 900))
}

// grow makes the window as high as the page, so that bars which stick to the window's edge stand where they belong, and
// waits until colours have faded over.
func (p *page) grow(width int64) {
	p.t.Helper()
	height, err := chromedp.Run(p.ctx, chromedp.Evaluate[float64](`document.documentElement.scrollHeight`))
	if err != nil {
		p.t.Fatal(err)
	}
	p.do(chromedp.EmulateViewport(width, max(900, int64(height))), chromedp.Sleep(250*time.Millisecond))
}

// staysWithin fails when the page scrolls sideways.
func (p *page) staysWithin(name string) {
	p.t.Helper()
	over, err := chromedp.Run(p.ctx, chromedp.Evaluate[float64](`document.documentElement.scrollWidth - document.documentElement.clientWidth`))
	if err != nil {
		p.t.Fatal(err)
	}
	if over > 0 {
		p.t.Errorf("%s scrolls sideways by %v pixels", name, over)
	}
}

// axe lets axe-core look for faults of accessibility. It is run by the debugger, so the page's policy does not matter.
func (p *page) axe(name string) {
	p.t.Helper()
	source, err := os.ReadFile(filepath.Join("testdata", "axe.min.js"))
	if err != nil {
		p.t.Fatalf("axe-core is missing, run make tools: %v", err)
	}
	judge := string(source) + `;axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations.map(v => v.id + ": " + v.help + "\n    " + v.nodes.slice(0, 3).map(n => n.html + " " + n.failureSummary).join("\n    ")))`
	faults, err := chromedp.Run(p.ctx, chromedp.Evaluate[[]string](judge, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("axe on %s: %v", name, err)
	}
	for _, fault := range faults {
		p.t.Errorf("axe on %s: %s", name, fault)
	}
}
