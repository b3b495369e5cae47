package policies_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/static"
	"github.com/skyferry/skyferry/web/policies"
	"github.com/skyferry/skyferry/web/ui"
	"github.com/skyferry/skyferry/web/middleware"
)

func TestSee(t *testing.T) {
	d := newDesk(t)
	screen := &policies.Screen{Store: d.store, Notices: d}
	router := chi.NewRouter()
	router.Handle("/static/*", static.Handler())
	router.Group(func(r chi.Router) {
		r.Use(middleware.Headers(false))
		r.Use(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				next.ServeHTTP(w, r.WithContext(ui.WithShell(r.Context(), ui.Shell{UserName: "admin", SiteName: "demo", Now: time.Now()})))
			})
		})
		r.Route("/policies", screen.Routes)
	})
	server := httptest.NewServer(asAdmin(router))
	defer server.Close()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1440, 1000), chromedp.UserDataDir(t.TempDir()), chromedp.Flag("hide-scrollbars", true))
	alloc, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	defer cancel()
	ctx, cancel := chromedp.NewContext(alloc)
	defer cancel()
	do := func(a ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, a...); err != nil {
			t.Fatal(err)
		}
	}
	eval := func(js string) string {
		t.Helper()
		v, err := chromedp.Run(ctx, chromedp.Evaluate[string]("String("+js+")"))
		if err != nil {
			t.Fatal(js, err)
		}
		return v
	}
	shot := func(name string, width int64, scheme string) {
		do(chromedp.EmulateViewport(width, 900), func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
			_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
			return chromedp.Void{}, err
		})
		h, _ := chromedp.Run(ctx, chromedp.Evaluate[float64](`document.documentElement.scrollHeight`))
		do(chromedp.EmulateViewport(width, max(900, int64(h))), chromedp.Sleep(300*time.Millisecond))
		pic, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
		if err != nil {
			t.Fatal(err)
		}
		_ = os.WriteFile("/tmp/pol-"+name+".png", pic, 0o644)
		if over := eval(`document.documentElement.scrollWidth - document.documentElement.clientWidth`); over != "0" {
			t.Errorf("%s: sideways %s", name, over)
		}
		axe, err := os.ReadFile("../../internal/e2e/browser/testdata/axe.min.js")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = chromedp.Run(ctx, chromedp.Evaluate[any](string(axe)+";0"))
		_, err = chromedp.Run(ctx, chromedp.Evaluate[any](`window.axed=null; axe.run().then(r => window.axed = JSON.stringify(r.violations.map(v => v.id+': '+v.nodes.map(n=>n.html.slice(0,150)+' '+n.failureSummary.slice(0,250)).join(' || ')))); 0`))
		for range 100 {
			time.Sleep(50 * time.Millisecond)
			if v := eval(`window.axed`); v != "null" {
				if v != "[]" {
					t.Errorf("%s axe: %s", name, v)
				}
				break
			}
		}
		do(chromedp.EmulateViewport(1440, 1000))
	}
	set := func(id, value string) {
		eval(fmt.Sprintf(`(() => { const el = document.getElementById(%q); el.value = %q; el.dispatchEvent(new Event("input", {bubbles:true})); el.dispatchEvent(new Event("change", {bubbles:true})) })()`, id, value))
	}
	until := func(js, want string) {
		t.Helper()
		got := ""
		for range 60 {
			if got = eval(js); got == want {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Errorf("%s is %q, want %q", js, got, want)
	}
	text := `document.getElementById("conditions").value`
	rows := `document.querySelectorAll(".rule-row").length`
	do(chromedp.Navigate(server.URL + "/policies"))
	shot("empty", 1440, "light")
	do(chromedp.Navigate(server.URL + "/policies/new"))
	// fast: choose and type at once
	set("template", "Distribution_App")
	set("value-1", "eu")
	until(text, euOnly)
	until(`document.getElementById("value-1").value`, "eu")
	until(`document.getElementById("distribute").checked`, "true")
	eval(`document.querySelector("button[value=add]").click()`)
	until(rows, "2")
	until(`document.activeElement.id`, "side-2")
	set("value-2", "Finance")
	until(text, euOr)
	until(`document.activeElement.id`, "side-2")
	eval(`[...document.querySelectorAll("button")].find(b => b.textContent.trim()=="Validate rule").click()`)
	until(`document.getElementById("verdict").innerText`, "Valid. 3 apps go to eu, 2 to us. 2 warnings.")
	eval(`document.getElementById("name").value = "Finance to eu"`)
	time.Sleep(900 * time.Millisecond)
	shot("edit-light", 1440, "light")
	shot("edit-dark", 1440, "dark")
	shot("edit-narrow", 390, "light")
	shot("edit-mid", 900, "light")
	eval(`[...document.querySelectorAll("button")].find(b => b.textContent.trim()=="Make it AND").click()`)
	until(text, euAnd)
	until(`document.getElementById("join-2").value`, "and")
	until(`document.querySelector(".result-count").innerText`, "2")
	// text to rows, caret kept
	eval(`document.getElementById("conditions").focus()`)
	do(chromedp.KeyEvent(" or resource.name=eu"))
	until(rows, "3")
	until(`document.activeElement.id`, "conditions")
	until(`document.getElementById("conditions").getAttribute("aria-invalid")`, "true")
	shot("invalid", 1440, "light")
	eval(`[...document.querySelectorAll("button")].find(b => b.textContent.trim()=="Validate rule").click()`)
	until(`document.getElementById("verdict").innerText.slice(0,30)`, "Not valid: line 1, column 77: ")
	eval(`[...document.querySelectorAll(".note-line button")][0].click()`)
	until(text, euAnd + ` or resource.name="eu"`)
	eval(`document.querySelector("button[value='remove:3']").click()`)
	until(text, euAnd)
	until(`document.activeElement.value`, "add")
	// typing in a row does not lose focus or characters
	eval(`document.getElementById("value-2").select()`)
	do(chromedp.KeyEvent("Sales and more"))
	until(text, `((subject.name="eu") and (resource.stream.name="Sales and more"))`)
	until(`document.activeElement.id`, "value-2")
	set("valuetype-1", "Property")
	until(`document.getElementById("hint-1").innerText.slice(0,22)`, "Known: resource.@Cloud,")
	set("template", "Unspecified")
	until(`document.getElementById("question-title")?.innerText`, "Replace the conditions you wrote?")
	shot("question", 1440, "light")
	eval(`document.querySelector("button[value=replace]").click()`)
	time.Sleep(time.Second); t.Log(eval(`location.href + document.body.innerText.slice(0,600)`))
	until(text, "")
	until(`document.getElementById("distribute").checked`, "false")
	until(`document.getElementById("question-title")?.innerText ?? "gone"`, "gone")
	t.Log(eval(`document.querySelector(".actions").innerText`))
	d.policy("By hand", `!(subject.name="eu") and resource.stream.name="Sales" or (subject.name="eu")`, false)
	d.policy("Finance to eu", euAnd, false)
	d.policy("Off", euAnd, true)
	id := d.policy("All", "", false)
	do(chromedp.Navigate(server.URL + "/policies/" + id))
	set("value-1", "eu")
	until(text, euOnly)
	shot("stored", 1440, "light")
	eval(`window.onbeforeunload=null, document.getElementById("policy").reset()`)
	do(chromedp.Navigate(server.URL + "/policies"))
	shot("list", 1440, "light")
	shot("list-narrow", 390, "dark")
	do(chromedp.Navigate(server.URL + "/policies/delete?id=" + id))
	shot("delete", 1440, "light")
}
