package secret

import (
	"log/slog"
	"slices"
	"strings"
	"unicode"
)

// hot are the words in an attribute's name that make its value a secret.
var hot = []string{"password", "passwd", "secret", "token", "authorization", "cookie", "key", "apikey", "credential"}

// cold are last words that make a name harmless: key_id, token_endpoint, cookie_name name a thing and are no secret.
var cold = []string{"id", "name", "endpoint", "file", "count"}

// Redact is for slog.HandlerOptions.ReplaceAttr: it blanks attributes that are named like a secret (client_secret,
// accessToken, Set-Cookie), alone or in a group. It is the second net; Text is the first.
func Redact(groups []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindGroup || len(groups) == 0 && isBuiltIn(a.Key) {
		return a
	}
	if isHot(a.Key) || slices.ContainsFunc(groups, isHot) {
		return slog.String(a.Key, hidden)
	}
	return a
}

func isBuiltIn(name string) bool {
	return name == slog.TimeKey || name == slog.LevelKey || name == slog.MessageKey || name == slog.SourceKey
}

func isHot(name string) bool {
	words := split(name)
	if len(words) == 0 || slices.Contains(cold, words[len(words)-1]) {
		return false
	}
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(hot, strings.TrimSuffix(w, "s")) })
}

// split gives the words of a name in any of the usual spellings: client_secret, Set-Cookie, accessToken, APIKey.
func split(name string) []string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if i > 0 && unicode.IsUpper(r) && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.FieldsFunc(b.String(), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
