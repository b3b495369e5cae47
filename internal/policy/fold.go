package policy

import (
	"strings"
	"unicode"
)

// fold gives texts that are equal but for case the same key: each character becomes the smallest of those that
// strings.EqualFold takes for it, and a Latin letter its small one, so that most names stay as they are.
func fold(text string) string { return strings.Map(foldRune, text) }

func foldRune(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	if 'A' <= least && least <= 'Z' {
		return least + 'a' - 'A'
	}
	return least
}
