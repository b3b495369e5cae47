package tenant

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"regexp"

	"github.com/google/uuid"
)

// randomText gives n random bytes as URL-safe text; three bytes make four characters.
func randomText(n int) string { return base64.RawURLEncoding.EncodeToString(randomBytes(n)) }

// randomHex gives 24 hex digits: the ids of items, spaces, uploads and identity providers.
func randomHex() string { return hex.EncodeToString(randomBytes(12)) }

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return b
}

func randomGUID() string { return uuid.NewString() }

// isGUID reports whether an id can be the id of an app of the tenant: lower-case GUID.
func isGUID(id string) bool { return guid.MatchString(id) }

var guid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// hashOf is what is stored instead of a secret. The secrets are random, so a plain hash is enough.
func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// userIDOf gives a stable user id of 32 URL-safe characters for an identity.
func userIDOf(identity string) string {
	sum := sha256.Sum256([]byte(identity))
	return base64.RawURLEncoding.EncodeToString(sum[:24])
}
