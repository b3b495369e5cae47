package rule_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/skyferry/skyferry/internal/rule"
)

// FuzzCheck demands of every kind of rule: what has no fault compiles and is judged, what has one points into the text, and
// the lists are short.
func FuzzCheck(f *testing.F) {
	seeds(f)
	for _, text := range []string{
		`user.roles="RootAdmin" and resource.stream.HasPrivilege("read")`, `node.iscentral="true"`, `!resource.published and !user.IsAnonymous()`,
		`resource.@Cloud!="eu" or resource.@Cloud!="us"`, `subject.name!="eu"`, `subject.name="eu" and subject.name="us"`, `resource.owner=user`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, known := range []rule.Vocabulary{{}, site, {Kind: rule.Security}, {Kind: rule.Sync}} {
			e, parsed := rule.Parse(text)
			list := rule.Merge(parsed, rule.Check(e, known))
			if len(list) > 100 {
				t.Fatalf("%q: %d diagnostics", text, len(list))
			}
			for _, d := range append(list, rule.OneSided(e)...) {
				checkDiagnostic(t, text, d)
			}
			if _, bad := rule.FirstFault(list); bad {
				continue
			}
			p, err := rule.Compile(e)
			if err != nil {
				t.Fatalf("%q passes the check of %q and does not compile: %v", text, known.Kind, err)
			}
			p.Eval(sales)
		}
	})
}

// FuzzFix follows every offered fix: the text stays what a text can be, and the fix is not offered again in the same place,
// so that following fixes comes to an end.
func FuzzFix(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 {
			return
		}
		for _, d := range diagnoseSite(text) {
			if d.Fix == nil {
				continue
			}
			fixed := d.Fix.Apply(text)
			if utf8.ValidString(text) && !utf8.ValidString(fixed) {
				t.Fatalf("%q: %s makes %q", text, d.Code, fixed)
			}
			for _, again := range diagnoseSite(fixed) {
				if again.Code == d.Code && again.Fix != nil && *again.Fix == *d.Fix && again.Fix.Apply(fixed) == fixed {
					t.Fatalf("%q: the fix of %s changes nothing: %q", text, d.Code, fixed)
				}
			}
		}
		followFixes(t, text)
	})
}

func diagnoseSite(text string) []rule.Diagnostic {
	e, parsed := rule.Parse(text)
	return rule.Merge(parsed, rule.Check(e, site))
}

// followFixes takes the first fault with a fix until there is none.
func followFixes(t *testing.T, text string) string {
	t.Helper()
	fixed := text
	for range 2*len(text) + 20 {
		next := fixed
		for _, d := range diagnoseSite(fixed) {
			if d.Severity == rule.Fault && d.Fix != nil {
				next = d.Fix.Apply(fixed)
				break
			}
		}
		if next == fixed {
			return fixed
		}
		fixed = next
	}
	t.Fatalf("%q: the fixes find no end: %.300q", text, fixed)
	return ""
}

// FuzzFormat demands that the canonical text means what the text means, in worlds where much is missing, single and manifold.
func FuzzFormat(f *testing.F) {
	seeds(f)
	worlds := []env{sales, {}, {"subject.name": {"us"}, "resource.name": {"a*b", `a\b`}, "resource.@cloud": {`"`, `\`, "eu"}}}
	f.Fuzz(func(t *testing.T, text string) {
		e, list := rule.Parse(text)
		if _, bad := rule.FirstFault(list); bad {
			return
		}
		written := rule.Format(e)
		again, list := rule.Parse(written)
		if len(list) > 0 || rule.Format(again) != written {
			t.Fatalf("%q is written as %q, which is read as %q: %v", text, written, rule.Format(again), list)
		}
		p, err := rule.Compile(e)
		q, errAgain := rule.Compile(again)
		if (err == nil) != (errAgain == nil) {
			t.Fatalf("%q: %v, written %q: %v", text, err, written, errAgain)
		}
		if err != nil {
			return
		}
		for _, world := range worlds {
			if p.Eval(world) != q.Eval(world) {
				t.Fatalf("%q and %q differ for %v", text, strings.ToValidUTF8(written, "?"), world)
			}
		}
	})
}
