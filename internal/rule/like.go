package rule

import (
	"unicode"
	"unicode/utf8"
)

// wildcard is the pattern of like: * is any run of characters, ? exactly one, a backslash takes the meaning from the
// next one, case is ignored, and the whole value must match (rule-language.md section 1).
type wildcard []step

type step struct {
	any, one bool
	char     rune // folded
}

func compileLike(text string) wildcard {
	var w wildcard
	escaped := false
	for _, r := range text {
		switch {
		case !escaped && r == '\\':
			escaped = true
			continue
		case !escaped && r == '*':
			w = append(w, step{any: true})
		case !escaped && r == '?':
			w = append(w, step{one: true})
		case escaped && r != '*' && r != '?' && r != '\\':
			w = append(w, step{char: '\\'}, step{char: fold(r)})
		default:
			w = append(w, step{char: fold(r)})
		}
		escaped = false
	}
	if escaped {
		w = append(w, step{char: '\\'})
	}
	return w
}

// match goes back to the last * only, so it takes at most length × length steps.
func (w wildcard) match(value string) bool {
	i, at := 0, 0
	star, retry := -1, 0
	for at < len(value) {
		r, size := utf8.DecodeRuneInString(value[at:])
		switch {
		case i < len(w) && w[i].any:
			star, retry = i, at
			i++
		case i < len(w) && (w[i].one || w[i].char == fold(r)):
			i++
			at += size
		case star >= 0:
			_, size = utf8.DecodeRuneInString(value[retry:])
			retry += size
			i, at = star+1, retry
		default:
			return false
		}
	}
	for i < len(w) && w[i].any {
		i++
	}
	return i == len(w)
}

// fold gives the smallest of the characters that are equal but for case, as strings.EqualFold compares them.
func fold(r rune) rune {
	if r < utf8.RuneSelf {
		if 'a' <= r && r <= 'z' {
			r -= 'a' - 'A'
		}
		return r
	}
	return foldWide(r)
}

func foldWide(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return least
}
