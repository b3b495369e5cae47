package ui_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestAxe(t *testing.T) {
	js, _ := os.ReadFile("/tmp/npmx/axe/package/axe.min.js")
	b := open(t)
	for _, theme := range []string{"light", "dark"} {
		for _, w := range []int64{1440, 800, 390} {
			b.do("v", chromedp.EmulateViewport(w, 900))
			for _, p := range []string{"status", "deployment", "policy", "start", "empty", "sign-in", "missing"} {
				for _, x := range []string{"", "paused=1&open=1"} {
					b.show(p + "?theme=" + theme + "&" + x)
					b.must(p+" sideways", `document.documentElement.scrollWidth <= innerWidth`)
					b.do("axe", chromedp.Evaluate[chromedp.Void](string(js)+";0"))
					if p == "status" && x == "" || p == "missing" {
						b.js(`document.querySelectorAll('details').forEach(d=>d.open=true)`)
					}
					b.do("axe", chromedp.Evaluate[chromedp.Void](`axe.run().then(r => {window.R = r.violations.map(v => v.id + " [" + v.impact + "] " + v.nodes.map(n => n.target + ": " + n.any.concat(n.all, n.none).map(a=>a.message).join("; ")).slice(0,4).join(" | ")).join("\n")})`, chromedp.EvalAwaitPromise))
					ok, _ := b.truth(`window.R === ""`)
					if !ok {
						b.do("x", chromedp.Evaluate[chromedp.Void](`document.title = window.R`))
						b.must(fmt.Sprint(theme, w, p, x), `(() => { throw new Error(window.R) })()`)
					}
				}
			}
		}
	}
}
