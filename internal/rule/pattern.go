package rule

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

// maxPattern bounds a pattern after its repetitions are written out, so that no text can fill the memory.
const maxPattern = 5000

// compilePattern makes the pattern of matches: the whole value must match, case is ignored, RE2 syntax.
func compilePattern(text string) (*regexp.Regexp, error) {
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, patternError(text, err)
	}
	if patternSize(tree) > maxPattern {
		return nil, errors.New("the pattern is too large; use shorter repetitions")
	}
	re, err := regexp.Compile(`(?i)^(?:` + text + `)$`)
	if err != nil {
		return nil, patternError(text, err)
	}
	return re, nil
}

func patternError(text string, err error) error {
	for _, look := range []string{"(?=", "(?!", "(?<=", "(?<!"} {
		if strings.Contains(text, look) {
			return fmt.Errorf("the pattern looks ahead or behind (%s), which is not supported", look)
		}
	}
	if e, ok := errors.AsType[*syntax.Error](err); ok {
		return fmt.Errorf("the pattern is no valid regular expression: %s: %s", e.Code, brief(e.Expr))
	}
	return err
}

// patternSize estimates how many steps the compiled pattern has.
func patternSize(re *syntax.Regexp) int {
	size := 1 + len(re.Rune)
	for _, sub := range re.Sub {
		size += patternSize(sub)
	}
	if re.Op == syntax.OpRepeat {
		size *= max(re.Min, re.Max, 1)
	}
	return min(size, maxPattern+1)
}

// sentence makes an error a sentence.
func sentence(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
