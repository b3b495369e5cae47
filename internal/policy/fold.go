package policy

import (
	"strings"
	"unicode"
)

// fold gives texts that are equal but for case the same key: each character becomes the smallest of those that
// strings.EqualFold takes for it.
func fold(text string) string { return strings.Map(foldRune, text) }

func foldRune(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return least
}
