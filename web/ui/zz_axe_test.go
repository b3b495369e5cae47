package ui_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

func TestAxe(t *testing.T) {
	js, _ := os.ReadFile("/tmp/npmx/axe/package/axe.min.js")
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.ExecPath("/usr/bin/chromium"))
	a, c1 := chromedp.NewExecAllocator(context.Background(), opts...)
	defer c1()
	ctx, c2 := chromedp.NewContext(a)
	defer c2()
	for _, theme := range []string{"light", "dark"} {
		for _, w := range []int64{1440, 900, 390} {
			for _, p := range []string{"status", "deployment", "policy", "start", "empty", "sign-in", "missing"} {
				for _, x := range []string{"", "paused=1&open=1"} {
					var out []string
					var wide bool
					tctx, c := context.WithTimeout(ctx, 30*time.Second)
					_ = c
					err := chromedp.Run(tctx, chromedp.EmulateViewport(w, 900), chromedp.Navigate("http://127.0.0.1:8099/gallery/"+p+"?theme="+theme+"&"+x),
						chromedp.Evaluate(`document.documentElement.scrollWidth > innerWidth`, &wide),
						chromedp.Evaluate(string(js)+";0", nil),
						chromedp.Evaluate(`axe.run().then(r => r.violations.map(v => v.id + " [" + v.impact + "] " + v.nodes.map(n => n.target + ": " + n.any.concat(n.all, n.none).map(a=>a.message).join("; ")).slice(0,4).join(" | ")))`, &out, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
					if err != nil {
						t.Error(p, err)
					}
					if wide || len(out) > 0 {
						fmt.Println(theme, w, p, x, "sideways:", wide)
						for _, o := range out {
							fmt.Println("   ", o)
						}
					}
				}
			}
		}
	}
}
