package browser

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// keys presses keys.
func (p *page) keys(keys string) {
	p.t.Helper()
	p.do(chromedp.KeyEvent(keys))
}

// focusName says what has the keyboard: its own name, after that of the condition or group that it stands in.
const focusName = `(() => {
	const el = document.activeElement
	const text = e => (e?.textContent ?? "").trim().replace(/\s+/g, " ")
	const name = el.getAttribute("aria-label") ?? text(el.labels?.[0] ?? el)
	if (el === document.body) return ""
	const group = el.closest("#rows [role=group]")
	return group && !name.includes("ondition") && !name.startsWith("Move") ? text(document.getElementById(group.getAttribute("aria-labelledby"))) + ": " + name : name
})()`

func (p *page) focused() string {
	p.t.Helper()
	name, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](focusName))
	if err != nil {
		return "" // the page is on its way
	}
	return name
}

// focuses waits until the keyboard is at something.
func (p *page) focuses(name string) {
	p.t.Helper()
	if !eventually(func() bool { return p.focused() == name }) {
		p.t.Fatalf("the keyboard is at %q, not at %q", p.focused(), name)
	}
}

// tabTo presses Tab, or Shift and Tab, until the keyboard is at something of this name.
func (p *page) tabTo(name string, modifiers ...chromedp.Modifier) {
	p.t.Helper()
	var seen []string
	for range 150 {
		p.do(chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(modifiers...)))
		at := p.focused()
		if at == name || name == "Apply" && strings.HasPrefix(at, "Apply") {
			return
		}
		seen = append(seen, at)
	}
	p.t.Fatalf("Tab never comes to %q, but to %q", name, seen)
}

func (p *page) tabBackTo(name string) { p.t.Helper(); p.tabTo(name, chromedp.ModifierShift) }

// stop says what is wrong with where the keyboard is: out of sight, without a ring, or below something else. Parts of a field of times
// have rings of their own.
const stop = `(() => {
	const el = document.activeElement, box = el.getBoundingClientRect(), style = getComputedStyle(el)
	if (el === document.body) return "the end"
	const name = el.tagName + " " + (el.getAttribute("aria-label") ?? el.name ?? "") + " " + el.textContent.trim().slice(0, 40)
	const x = box.left + box.width / 2, y = box.top + box.height / 2, there = document.elementFromPoint(x, y)
	if (box.width < 2 || box.left < -1 || box.right > innerWidth + 1 || box.top < 0 || box.bottom > innerHeight) return name + " is out of sight"
	if (!there || !el.contains(there) && !there.contains(el) && ![...el.labels ?? []].some(l => l.contains(there))) return name + " is below " + there?.className
	if (el.type !== "time" && (style.outlineStyle === "none" || parseFloat(style.outlineWidth) === 0)) return name + " has no ring"
	return ""
})()`

// showsEachStop tabs through a page, wide and narrow, and sees where the keyboard is at each stop.
func (p *page) showsEachStop(url string) {
	p.t.Helper()
	for label, width := range widths {
		p.do(chromedp.EmulateViewport(width, 844))
		p.open(url)
		stops := 0
		for fault := ""; fault != "the end" && stops < 200; stops++ {
			p.keys(kb.Tab)
			if fault = p.js(stop); fault != "" && fault != "the end" {
				p.t.Errorf("%s, %s: %s", url, label, fault)
			}
		}
		if stops < 10 || stops == 200 {
			p.t.Errorf("%s, %s: %d stops", url, label, stops)
		}
	}
	p.do(chromedp.EmulateViewport(1440, 900))
}

// writesByKeyboard writes a policy from the start page on with nothing but keys.
func writesByKeyboard(t *testing.T, d demo, browser context.Context) {
	p := newPage(t, browser, true)
	p.open(d.console)

	p.tabTo("Distribution policies")
	p.keys(kb.Enter)
	p.await("heading", "Distribution policies")
	p.tabTo("Create new")
	p.keys(kb.Enter)
	p.await("heading", "New distribution policy")

	p.tabTo("Create rule from template")
	p.keys("By custom")
	p.conditions(`((subject.name=resource.@Property))`)
	p.tabTo("Name")
	p.keys("Where each app says")
	p.tabTo("Condition 1: Value")
	p.keys("resource.@Cloud")
	p.conditions(`((subject.name=resource.@Cloud))`)

	p.tabTo("Add condition")
	p.keys(kb.Enter)
	p.focuses("Condition 2: Side")
	p.tabTo("Condition 2: Value")
	p.keys("Finance")
	p.conditions(`((subject.name=resource.@Cloud) or (resource.stream.name="Finance"))`)
	p.tabBackTo("Condition 2 joined by")
	p.keys("A")
	p.conditions(`((subject.name=resource.@Cloud) and (resource.stream.name="Finance"))`)
	p.tabTo("Add condition")
	p.keys(kb.Enter)
	p.focuses("Condition 3: Side")
	p.tabTo("Condition 3: Value")
	p.keys("Sales")
	p.conditions(`((subject.name=resource.@Cloud) and (resource.stream.name="Finance") or (resource.stream.name="Sales"))`)

	p.tabBackTo("Condition 3")
	p.keys(" ")
	p.tabBackTo("Condition 2")
	p.keys(" ")
	p.tabTo("Group")
	p.keys(kb.Enter)
	p.conditions(`((subject.name=resource.@Cloud) and ((resource.stream.name="Finance") or (resource.stream.name="Sales")))`)
	p.focuses("Group 1: Ungroup")

	p.tabTo("Move condition 3 up")
	p.keys(kb.Enter)
	p.conditions(`((subject.name=resource.@Cloud) and ((resource.stream.name="Sales") or (resource.stream.name="Finance")))`)
	p.focuses("Move condition 2 up")
	p.do(chromedp.KeyEvent(kb.ArrowDown, chromedp.KeyModifiers(chromedp.ModifierAlt)))
	p.focuses("Move condition 3 down")
	p.conditions(`((subject.name=resource.@Cloud) and ((resource.stream.name="Finance") or (resource.stream.name="Sales")))`)

	p.tabBackTo("Group 1: Ungroup")
	p.keys(kb.Enter)
	p.conditions(`((subject.name=resource.@Cloud) and (resource.stream.name="Finance") or (resource.stream.name="Sales"))`)
	p.focuses("Condition 2")
	p.tabTo("Remove condition 3")
	p.keys(kb.Enter)
	p.focuses("Remove condition 2")
	p.conditions(`((subject.name=resource.@Cloud) and (resource.stream.name="Finance"))`)

	p.tabTo("Validate rule")
	p.keys(kb.Enter)
	p.sees("Valid. Sends every published app of stream")
	p.tabTo("Apply")
	p.keys(kb.Enter)
	p.sees("Successfully added")
	p.await("heading", "Where each app says")
}

// writesByClick groups and moves conditions by the mouse, with scripts and without.
func writesByClick(t *testing.T, d demo, browser context.Context) {
	for _, scripts := range []bool{true, false} {
		t.Run(map[bool]string{true: "with scripts", false: "without scripts"}[scripts], func(t *testing.T) {
			p := newPage(t, browser, scripts)
			p.open(d.console + "/policies/new")
			p.groupAndMove(scripts)
		})
	}
}

func (p *page) groupAndMove(scripts bool) {
	p.choose("Create rule from template", "By stream")
	if !scripts {
		p.button("Use template")
	}
	p.conditions(`((subject.name="") and (resource.stream.name=""))`)
	for number, value := range map[string]string{"1": "eu", "2": "Finance"} {
		p.fillIn(p.within(p.await("group", "Condition "+number), "textbox", "Value"), value)
	}
	p.button("Add condition")
	p.await("group", "Condition 3")
	p.fillIn(p.within(p.await("group", "Condition 3"), "textbox", "Value"), "Sales")

	p.tick("Condition 2", "Condition 3")
	p.button("Group")
	p.conditions(`((subject.name="eu") and ((resource.stream.name="Finance") or (resource.stream.name="Sales")))`)
	p.await("group", "Group 1")
	p.focuses("Group 1: Ungroup")
	p.button("Move condition 3 up")
	p.conditions(`((subject.name="eu") and ((resource.stream.name="Sales") or (resource.stream.name="Finance")))`)
	p.focuses("Move condition 2 up")
	if scripts {
		p.button("Add condition")
		p.await("group", "Condition 4")
		p.tick("Condition 2", "Condition 3")
		p.look("policy-groups")
		p.button("Remove condition 4")
		p.tick("Condition 2", "Condition 3") // not any more
	}
	p.button("Split")
	p.conditions(`((subject.name="eu") and (resource.stream.name="Sales") or (resource.stream.name="Finance"))`)

	p.tick("Condition 1", "Condition 2")
	p.button("Group")
	p.conditions(`(((subject.name="eu") and (resource.stream.name="Sales")) or (resource.stream.name="Finance"))`)
	p.tick("Condition 2", "Condition 3")
	p.button("Join")
	p.conditions(`(((subject.name="eu") and (resource.stream.name="Sales") or (resource.stream.name="Finance")))`)
	p.button("Move group 1 up")
	p.sees("Group 1 is the first.")
	p.button("Move condition 3 down")
	p.sees("Condition 3 has left its group.")
	p.button("Ungroup")
	p.conditions(`((subject.name="eu") and (resource.stream.name="Sales") or (resource.stream.name="Finance"))`)
	if !scripts {
		p.button("Group")
		p.sees("Tick two or more conditions first.")
		return
	}
	p.typesWhileRowsMove()
	p.conditions(`((subject.name="eu") and (resource.stream.name="HR") or (resource.stream.name="Sales"))`)
	p.abandon()
}

// typesWhileRowsMove presses a button and types into another row before the answer comes.
func (p *page) typesWhileRowsMove() {
	p.t.Helper()
	onNamed[bool](p, "button", "Move condition 2 down", `function() {
		this.click()
		const value = document.getElementById("value-3")
		value.value = "HR"
		return value.dispatchEvent(new Event("input", {bubbles: true}))
	}`)
}

func (p *page) tick(names ...string) {
	p.t.Helper()
	for _, name := range names {
		p.click("checkbox", name)
	}
}
