package rule_test

import (
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/rule"
)

// repeated are pieces that fill a text of the greatest length: every kind of token, and every way to begin what never ends.
var repeated = []string{
	`(`, `)`, `()`, `!`, `{`, `}`, `.`, `,`, `"`, `""`, `"a"`, `\"`, `"\`, `'`, `'a'`, `\'`, `“`, `”`, `“a”`, `\“`, `"a” `, `'“`, `’`, "`", "\"\n", "'\n", "“\r",
	`a`, `a.`, `a `, `@`, `@a `, `a(`, `a()`, `a(,`, `.a`, `5`, `5 `, `resource.`, `resource.name `, `resource.stream.owner.`, `=`, `==`, `!=`, `!==`, `===`, `<`, `<>`, `>=`,
	`&`, `|`, `&&`, `||`, `and `, `or `, `like `, `matches `, `true `, `false`, `not `, `AND `, `in `, `# `, "#\n", "//", "//\n", "/*", "*/", "--", ";", "&amp;", "&quot;", "\u00a0", "\ufeff", "\xff", "\x00",
	"\n", "\r", "\r\n", "\t", "é", "日", `true and `, `true or `, `!true and `, `(true) or `, `resource.name="a" or `, `resource.name!="a" or `, `resource.name!="a*" and `,
	`resource.name like "*a*" or `, `resource.name matches "a+" or `, `resource.@Clodu="x" or `, `subject.name=("a","b") or `, `a="b" c="d" `, `a.b c.d `, `"a" "b" `, `a in `, `a b `,
}

// work reads a text in every way, and gives the time that it took. What it says of the text must be short.
func work(t *testing.T, text string) time.Duration {
	t.Helper()
	began := time.Now()
	e, parsed := rule.Parse(text)
	list := rule.Merge(parsed, rule.Check(e, site))
	rule.Format(e)
	rule.OneSided(e)
	took := time.Since(began)
	if len(list) > 100 {
		t.Errorf("%.20q…: %d diagnostics", text, len(list))
	}
	for _, d := range list {
		if len(d.Message) > 1000 {
			t.Errorf("%.20q…: the message has %d bytes: %.100s…", text, len(d.Message), d.Message)
		}
	}
	return took
}

var site = rule.Vocabulary{
	CustomProperties: []string{"Cloud", "Region"}, Choices: map[string][]string{"cloud": {"eu", "us"}}, Deployments: []string{"eu", "us"}, Streams: []string{"Finance"},
	Lacking: func(string) (lacking, all int) { return 90, 100 },
}

// full repeats a piece after a beginning up to the greatest length.
func full(begin, piece string) string {
	return begin + strings.Repeat(piece, (rule.MaxText-len(begin))/len(piece))
}

// Time grows with the length and not with its square: no repeated piece takes much longer than an ordinary text as long. A
// quadratic way would take some hundred times as long.
func TestTimeIsLinear(t *testing.T) {
	ordinary := func() time.Duration {
		return work(t, full("", `(subject.name="eu" and resource.stream.name like "Fin*") or `))
	}
	first := ordinary()
	for _, piece := range repeated {
		for _, text := range []string{full("", piece), full("", "'"+piece), full(`resource.name="`, "“"+piece)} {
			tries := 0
			for limit := 50 * first; work(t, text) > limit; limit = 50 * ordinary() { // once is chance
				if tries++; tries == 5 {
					t.Fatalf("%.30q… takes much longer than an ordinary text", text)
				}
			}
		}
	}
}
