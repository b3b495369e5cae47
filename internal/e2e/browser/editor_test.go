package browser

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// slip is a way to get a condition wrong: what is underlined, what is said of it, and the fix.
type slip struct{ text, underlined, sentence, fix, fixed string }

var slips = []slip{
	{`subject.name=“eu”`, `“eu”`, "not in typographic quotes", "Use straight quotes", `subject.name="eu"`},
	{`subject.name='eu'`, `'eu'`, "not in single quotes", "Use straight quotes", `subject.name="eu"`},
	{`resource.name="😀" AND subject.name="eu"`, `AND`, "AND must be lower case", "Write and", `resource.name="😀" and subject.name="eu"`},
	{`not subject.name="eu"`, `not`, "a negation is written !", "Write !", `!subject.name="eu"`},
	{`subject.name<>"eu"`, `<>`, "different is written !=", "Write !=", `subject.name!="eu"`},
	{`subject.name="eu" & resource.name="x"`, `&`, "One & is not enough", "Write &&", `subject.name="eu" && resource.name="x"`},
	{`((subject.name="eu")`, `(`, "never closed", "Put ) at the end", `((subject.name="eu"))`},
	{`resourse.name="x"`, `resourse`, "Is resource meant?", "Write resource", `resource.name="x"`},
	{`resource.@Cloud.Emty()`, `Emty`, "Is Empty meant?", "Write Empty", `resource.@Cloud.Empty()`},
	{`@Cloud="eu"`, `@Cloud`, "needs what it belongs to", "Write resource.@Cloud", `resource.@Cloud="eu"`},
	{`resource.name like resource.@Cloud`, `resource.@Cloud`, "a property cannot be a pattern", "Use =", `resource.name = resource.@Cloud`},
}

// The page of a policy in all ways of use, one after the other in one console.
func TestPolicyEditor(t *testing.T) {
	d := startDemo(t)
	browser := newBrowser(t)
	newPage(t, browser, true).signIn(d.console)
	for _, way := range []struct {
		name string
		uses func(*testing.T, demo, context.Context)
	}{{"Advanced", writesText}, {"Basic by keyboard", writesByKeyboard}, {"Basic by click", writesByClick}} {
		t.Run(way.name, func(t *testing.T) { way.uses(t, d, browser) })
	}
}

// A text is broken in every usual way; each time its fault is underlined and told, and the offered fix mends it.
func writesText(t *testing.T, d demo, browser context.Context) {
	p := newPage(t, browser, true)
	watchPolicy(p)
	p.open(d.console + "/policies/new")
	p.await("textbox", "Conditions")
	for i, s := range slips {
		if !t.Run(s.underlined+" "+s.fix, func(t *testing.T) { p.in(t).mends(s, i%4 == 0) }) {
			return
		}
	}
	t.Run("undo", func(t *testing.T) { p.in(t).undoes() })
	t.Run("nothing typed is lost", func(t *testing.T) { p.in(t).losesNothing() })
	t.Run("completion by keyboard", func(t *testing.T) { p.in(t).completes() })
	t.Run("Tab leaves", func(t *testing.T) { p.in(t).isLeftByTab() })
	t.Run("scripts that write the textarea", func(t *testing.T) { p.in(t).followsTheField() })
	t.Run("grows", func(t *testing.T) { p.in(t).grows() })
	t.Run("the verdict stays", func(t *testing.T) { p.in(t).keepsItsVerdict() })
	t.Run("going back", func(t *testing.T) { p.in(t).findsItsTextAgain() })
	if found := p.js(`window.blocked.join("\n")`); found != "" {
		t.Errorf("the content security policy blocked:\n%s", found)
	}
	p.paste("Conditions", `subject.name='eu' and resource.@Cloud="eu*"`)
	p.sees("single quotes")
	p.glance("editor")
	p.abandon()
}

// in is the same page for a subtest.
func (p *page) in(t *testing.T) *page {
	q := &page{t: t, ctx: p.ctx}
	shown = q
	return q
}

// abandon lets the browser leave the page without its question about what was not applied.
func (p *page) abandon() {
	p.t.Helper()
	p.js(`document.getElementById("policy").removeAttribute("data-edit"), ""`)
}

// watchPolicy keeps what the content security policy blocks of a script. Chromium itself tries to style what is typed in
// place of coloured text; that has no source.
func watchPolicy(p *page) {
	p.t.Helper()
	p.do(func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{
			Source: `window.blocked = []; document.addEventListener("securitypolicyviolation", e => e.sourceFile && window.blocked.push(e.violatedDirective + " " + e.sourceFile + ":" + e.lineNumber))`,
		})
		return chromedp.Void{}, err
	})
}

// js gives the value of an expression.
func (p *page) js(expression string) string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// becomes waits until an expression has a value.
func (p *page) becomes(expression, want string) {
	p.t.Helper()
	var got string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(30 * time.Millisecond) {
		if got = p.js(expression); got == want {
			return
		}
	}
	p.shot("failure")
	p.t.Fatalf("%s is\n%q, not\n%q", expression, got, want)
}

const (
	faultMarks = `[...document.querySelectorAll(".cm-lintRange-error")].map(e => e.textContent).join("|")`
	shownText  = `[...document.querySelectorAll(".cm-line")].map(e => e.textContent).join("\n")`
	formText   = `document.querySelector("textarea[name=conditions]").value`
)

func (p *page) mends(s slip, inPlace bool) {
	p.t.Helper()
	p.paste("Conditions", s.text)
	p.settles(s.text)
	p.becomes(faultMarks, s.underlined)
	p.sees(s.sentence)
	if inPlace {
		p.followFixInTooltip(s)
	} else {
		p.button(s.fix)
	}
	p.conditions(s.fixed)
	p.becomes(shownText, s.fixed)
	p.becomes(faultMarks, "")
	p.becomes(`String(document.getElementById("conditions-notes").hasAttribute("data-invalid"))`, "false")
	p.becomes(`document.querySelector(".cm-content").getAttribute("aria-invalid") ?? "valid"`, "valid")
}

func (p *page) followFixInTooltip(s slip) {
	p.t.Helper()
	p.js(`document.querySelector(".cm-lintRange-error").dataset.e2e = "squiggle"`)
	at := on[[]float64](p, "squiggle", center)
	p.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, at[0]-1, at[1]), chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, at[0], at[1]))
	p.becomes(`document.querySelector(".cm-tooltip-hover .cm-diagnosticAction")?.textContent ?? ""`, s.fix)
	if told := p.js(`document.querySelector(".cm-tooltip-hover").textContent`); !strings.Contains(told, s.sentence) {
		p.t.Errorf("the tooltip says %q, not %q", told, s.sentence)
	}
	p.js(`document.querySelector(".cm-tooltip-hover .cm-diagnosticAction").dataset.e2e = "fix"`)
	p.pressAt(still(func() []float64 { return on[[]float64](p, "fix", center) })) // the tooltip follows when the page scrolls
}

// undoes takes back a fix, and does it again.
func (p *page) undoes() {
	p.paste("Conditions", `subject.name='eu'`)
	p.becomes(faultMarks, `'eu'`)
	p.button("Use straight quotes")
	p.conditions(`subject.name="eu"`)
	p.focus()
	p.do(chromedp.KeyEvent("z", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	p.conditions(`subject.name='eu'`)
	p.becomes(faultMarks, `'eu'`)
	p.do(chromedp.KeyEvent("y", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	p.conditions(`subject.name="eu"`)
}

func (p *page) focus() {
	p.t.Helper()
	onNamed[bool](p, "textbox", "Conditions", `function() { this.focus(); return true }`)
}

// losesNothing types on while answers are under way, each of them held back for a while.
func (p *page) losesNothing() {
	p.js(`window.held = 0, window.send = XMLHttpRequest.prototype.send, XMLHttpRequest.prototype.send = function(...a) { window.held++; setTimeout(() => window.send.apply(this, a), 400) }, ""`)
	p.fill("Conditions", `subject.name=`)
	p.becomes(`String(window.held > 0)`, "true")
	want := `subject.name=`
	p.focus()
	p.do(chromedp.KeyEvent(kb.End, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	for i := range 12 {
		part := fmt.Sprintf(`"word %d😀" or `, i)
		want += part
		p.do(chromedp.KeyEvent(part))
		if got := p.js(formText); got != want {
			p.t.Fatalf("while typing the text became\n%s\nnot\n%s", got, want)
		}
	}
	p.js(`XMLHttpRequest.prototype.send = window.send, ""`)
	p.settles(want)
	p.typesBesideAFix()
}

// typesBesideAFix types while the answer to a fix is under way: what is typed stays, and the fix is offered anew.
func (p *page) typesBesideAFix() {
	p.fill("Conditions", `subject.name='eu'`)
	p.becomes(faultMarks, `'eu'`)
	p.js(`XMLHttpRequest.prototype.send = function(...a) { setTimeout(() => window.send.apply(this, a), 400) }, ""`)
	p.button("Use straight quotes")
	p.focus()
	p.do(chromedp.KeyEvent(kb.End), chromedp.KeyEvent(` or subject.name="us"`))
	p.js(`XMLHttpRequest.prototype.send = window.send, ""`)
	p.settles(`subject.name='eu' or subject.name="us"`)
	p.becomes(faultMarks, `'eu'`)
	p.button("Use straight quotes")
	p.settles(`subject.name="eu" or subject.name="us"`)
}

// settles waits until the text stands everywhere: at the server, in the form's field and on the screen.
func (p *page) settles(want string) {
	p.t.Helper()
	p.becomes(`document.getElementById("base").value`, want)
	p.becomes(formText, want)
	p.becomes(shownText, want)
}

// completes chooses a property and one of its values without the mouse.
func (p *page) completes() {
	p.fill("Conditions", " ")
	p.focus()
	p.do(chromedp.KeyEvent("resource.@"))
	p.becomes(isOffered("resource.@Cloud"), "true")
	p.axe("the list of completions")
	p.accepts("resource.@Cloud")
	p.do(chromedp.KeyEvent(`="`))
	p.accepts("eu")
	p.do(chromedp.KeyEvent(` an`))
	p.accepts("and")
	p.becomes(formText, ` resource.@Cloud="eu" and`)
}

func isOffered(option string) string {
	return `String([...document.querySelectorAll(".cm-tooltip-autocomplete .cm-completionLabel")].some(e => e.textContent === "` + option + `"))`
}

// accepts waits for the list and takes the option by arrow keys and Enter.
func (p *page) accepts(option string) {
	p.t.Helper()
	p.becomes(isOffered(option), "true")
	p.do(chromedp.Sleep(100 * time.Millisecond)) // the list takes no key in its first moment, so that none is meant for the text
	for range 50 {
		if p.js(`document.querySelector(".cm-tooltip-autocomplete li[aria-selected] .cm-completionLabel").textContent`) == option {
			break
		}
		p.do(chromedp.KeyEvent(kb.ArrowDown))
	}
	p.enter()
	p.becomes(`String(document.querySelector(".cm-tooltip-autocomplete"))`, "null")
}

// enter presses the key alone: chromedp's own types a line end even where the page has taken the key.
func (p *page) enter() {
	p.t.Helper()
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
		p.do(func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
			_, err := chromedp.Call(ctx, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13})
			return chromedp.Void{}, err
		})
	}
}

// isLeftByTab goes out and comes back to the same place, whatever was underlined meanwhile.
func (p *page) isLeftByTab() {
	p.fill("Conditions", `subject.name='eu'`)
	p.becomes(faultMarks, `'eu'`)
	p.focus()
	p.becomes(`document.activeElement.className.includes("cm-content") ? "in" : "out"`, "in")
	p.do(chromedp.KeyEvent("\t"))
	p.becomes(`document.activeElement.className.includes("cm-content") ? "in" : "out"`, "out")
	p.do(chromedp.KeyEvent("\t", chromedp.KeyModifiers(chromedp.ModifierShift)))
	p.becomes(`document.activeElement.className.includes("cm-content") ? "in" : "out"`, "in")
	p.do(chromedp.KeyEvent(" or"))
	p.becomes(formText, `subject.name='eu' or`)
}

// followsTheField changes the text as rows and foreign scripts do; Basic cannot show this one, and every character stays.
func (p *page) followsTheField() {
	text := "(subject.name=\"eu\"\n\tor !(resource.@Cloud=\"😀 ü\"))\n\n"
	p.js(fmt.Sprintf(`(() => { const t = document.querySelector("textarea[name=conditions]"); t.value = %q; t.dispatchEvent(new Event("input", {bubbles: true})); return "" })()`, text))
	p.becomes(shownText, text)
	p.becomes(`document.getElementById("base").value`, text)
	p.becomes(formText, text)
	p.paste("Conditions", `subject.name="us"`)
	p.becomes(shownText, `subject.name="us"`)
	p.fillIn(p.within(p.await("group", "Condition 1"), "textbox", "Value"), "eu")
	p.conditions(`((subject.name="eu"))`)
	p.becomes(shownText, `((subject.name="eu"))`)
}

// keepsItsVerdict presses Validate rule while an answer to typing is still to come; what was found goes when the rule changes.
func (p *page) keepsItsVerdict() {
	found := `document.getElementById("verdict").textContent.trim().slice(0, 6)`
	p.paste("Conditions", `subject.name="eu"`)
	p.button("Validate rule")
	p.becomes(found, "Valid.")
	p.do(chromedp.Sleep(600 * time.Millisecond)) // the answer to typing is asked for within 300 ms
	p.becomes(found, "Valid.")
	p.fillIn(p.within(p.await("group", "Condition 1"), "textbox", "Value"), "us")
	p.becomes(found, "")
	p.conditions(`((subject.name="us"))`)
}

// findsItsTextAgain leaves the page for the matrix and comes back by the browser's own button.
func (p *page) findsItsTextAgain() {
	text := "subject.name=\"eu\"\nor resource.name=\"x\""
	p.paste("Conditions", text)
	p.fill("Name", "To and fro")
	tests := `app "Sales overview" in stream "Sales" -> must go to eu`
	p.fill("Tests", tests)
	p.settles(text)
	p.button("Show apps and deployments")
	p.await("button", "Back to the rule")
	p.js(`history.back(), ""`)
	p.await("heading", "New distribution policy")
	p.settles(text)
	p.becomes(`document.getElementById("value-2").value`, "x")
	p.becomes(`document.getElementById("tests").value`, tests)
	p.becomes(`String(document.getElementById("apply").closest("button").disabled)`, "false")
}

// grows demands that the box grows with its text, up to a bound.
func (p *page) grows() {
	height := func() float64 {
		return on[float64](p, p.await("textbox", "Conditions"), `function() { return this.closest(".cm-editor").offsetHeight }`)
	}
	p.paste("Conditions", `subject.name="eu"`)
	small := height()
	p.paste("Conditions", strings.Repeat("subject.name=\"eu\" or\n", 8))
	middle := height()
	p.paste("Conditions", strings.Repeat("subject.name=\"eu\" or\n", 80))
	if large := height(); small >= middle || middle >= large || large > 400 {
		p.t.Errorf("the box is %v, %v, %v pixels high for 1, 8 and 80 lines", small, middle, large)
	}
}
