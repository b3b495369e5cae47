// Package secret keeps secrets: at rest as sealed values in the database, in memory as texts that do not print
// themselves, and out of the log.
package secret

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// hidden stands wherever a secret would have been written.
const hidden = "(secret)"

// Text is a secret in memory. However it is printed, logged or marshalled, only "(secret)" comes out; Reveal is the one
// way to the value.
type Text string

// Reveal gives the secret itself.
func (t Text) Reveal() string { return string(t) }

// String hides the secret.
func (Text) String() string { return hidden }

// GoString hides the secret from %#v.
func (Text) GoString() string { return hidden }

// Format hides the secret from every verb, %x and %q included.
func (Text) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, hidden) }

// LogValue hides the secret from slog.
func (Text) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalJSON hides the secret from encoding/json.
func (Text) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// MarshalText hides the secret from other encoders. (The key of a JSON map is out of reach: never use a Text as one.)
func (Text) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Value refuses to be stored: a secret goes into the database only as what Box.Seal gives.
func (Text) Value() (driver.Value, error) {
	return nil, errors.New("a secret must be sealed before it is stored")
}
