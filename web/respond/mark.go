package respond

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/skyferry/skyferry/internal/fault"
)

// Mark is a short mark of what a form shows. The form sends it back, so that a page that was opened before somebody else's
// change does not undo that change. It is for things that are stored without a version.
func Mark(shown any) string {
	text, err := json.Marshal(shown)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// Fresh refuses a form whose mark is not that of what is stored now. A form without a mark, as scripts send it, wants to
// overwrite.
func Fresh(sent, now string) error {
	if sent == "" || sent == now {
		return nil
	}
	return fault.New(fault.Conflict, "This was changed meanwhile. Load the page again, and make your change there.")
}
