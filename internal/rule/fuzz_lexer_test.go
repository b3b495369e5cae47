package rule

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzLex demands that the tokens cover the text in its order, that only blanks stand between them where no fault is told,
// and that each place is where a plain count finds it.
func FuzzLex(f *testing.F) {
	for _, text := range []string{
		"", "subject.name=\"eu\" and\r\n\t!resource.@Cloud.Empty()", `"a\"b" !== 'c' “d” <> 5a-b @x @`, "\"a\n\"b\r'c\n“d\ufeff", `"\`, "\xff\x00é日#x\n//y", `'\'“\"`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := &report{}
		tokens := lex(text, r)
		from := start()
		for _, k := range tokens {
			if told := len(r.list) > 0; !told && strings.Trim(text[from.Offset:k.span.Start.Offset], " \t\r\n") != "" {
				t.Fatalf("%q: %q is passed over in silence", text, text[from.Offset:k.span.Start.Offset])
			}
			from = counted(t, text, from, k.span.Start)
			from = counted(t, text, from, k.span.End)
		}
		if last := tokens[len(tokens)-1]; last.kind != kindEnd || last.span.End.Offset != len(text) {
			t.Fatalf("%q ends with %+v", text, last)
		}
	})
}

// counted counts lines and characters from one place to another, and demands that the other says the same.
func counted(t *testing.T, text string, from, to Position) Position {
	t.Helper()
	if to.Offset < from.Offset {
		t.Fatalf("%q: %v is before %v", text, to, from)
	}
	at := from
	for at.Offset < to.Offset {
		r, size := utf8.DecodeRuneInString(text[at.Offset:])
		at.Offset += size
		at.Column++
		if r == '\n' || r == '\r' && !strings.HasPrefix(text[at.Offset:], "\n") {
			at.Line, at.Column = at.Line+1, 1
		}
	}
	if at != to {
		t.Fatalf("%q: the place is %v, counted %v", text, to, at)
	}
	return to
}
