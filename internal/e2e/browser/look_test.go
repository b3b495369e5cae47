package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// shot saves a screenshot of the whole page.
func (p *page) shot(name string) {
	p.t.Helper()
	p.front()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
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

var widths = map[string]int64{"wide": 1440, "narrow": 390}

// look saves the page in light and dark, wide and narrow, and lets axe-core judge it in each.
func (p *page) look(name string) {
	p.t.Helper()
	for _, scheme := range []string{"light", "dark"} {
		for label := range widths {
			p.lookAs(name, label, scheme)
		}
	}
	p.do(chromedp.EmulateViewport(1440, 900))
}

// glance is look for a part of a page that is looked at elsewhere: each width and each scheme once.
func (p *page) glance(name string) {
	p.t.Helper()
	p.lookAs(name, "narrow", "dark")
	p.lookAs(name, "wide", "light")
	p.do(chromedp.EmulateViewport(1440, 900))
}

func (p *page) lookAs(name, label, scheme string) {
	p.t.Helper()
	p.do(chromedp.EmulateViewport(widths[label], 900), func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return chromedp.Void{}, err
	})
	p.grow(widths[label])
	p.shot(fmt.Sprintf("%s-%s-%s", name, label, scheme))
	p.axe(fmt.Sprintf("%s %s %s", name, label, scheme))
	p.staysWithin(name + " " + label)
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

// staysWithin fails when the page scrolls sideways, or when a cell of a table stands out of sight at the right.
func (p *page) staysWithin(name string) {
	p.t.Helper()
	over, err := chromedp.Run(p.ctx, chromedp.Evaluate[float64](`document.documentElement.scrollWidth - document.documentElement.clientWidth`))
	if err != nil {
		p.t.Fatal(err)
	}
	if over > 0 {
		p.t.Errorf("%s scrolls sideways by %v pixels", name, over)
	}
	cut, err := chromedp.Run(p.ctx, chromedp.Evaluate[[]string](`[...document.querySelectorAll("td")]
		.filter(e => e.offsetWidth > 0 && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.innerText)`))
	if err != nil {
		p.t.Fatal(err)
	}
	if len(cut) > 0 {
		p.t.Errorf("%s has %d cells out of sight, such as %q", name, len(cut), cut[0])
	}
}

// axe lets axe-core look for faults of accessibility. It is run by the debugger, so the page's policy does not matter.
func (p *page) axe(name string) {
	p.t.Helper()
	judge := axeSource(p.t) + `;axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations.map(v => v.id + ": " + v.help + "\n    " + v.nodes.slice(0, 3).map(n => n.html + " " + n.failureSummary).join("\n    ")))`
	faults, err := chromedp.Run(p.ctx, chromedp.Evaluate[[]string](judge, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("axe on %s: %v", name, err)
	}
	for _, fault := range faults {
		p.t.Errorf("axe on %s: %s", name, fault)
	}
}
