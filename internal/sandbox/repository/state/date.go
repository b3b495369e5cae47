package state

import (
	"encoding/json"
	"fmt"
	"time"
)

// Date is a moment as QRS writes it: UTC, three decimals, and 1753-01-01T00:00:00.000Z for never, which is the zero time here.
type Date struct{ time.Time }

const dateForm = "2006-01-02T15:04:05.000Z"

var never = time.Date(1753, 1, 1, 0, 0, 0, 0, time.UTC)

// At gives the date of a moment, to the millisecond.
func At(t time.Time) Date {
	if t.IsZero() {
		return Date{}
	}
	return Date{t.UTC().Truncate(time.Millisecond)}
}

// After reports whether d is later than other.
func (d Date) After(other Date) bool { return d.Time.After(other.Time) }

// MarshalJSON implements json.Marshaler.
func (d Date) MarshalJSON() ([]byte, error) {
	t := d.Time
	if t.IsZero() {
		t = never
	}
	return json.Marshal(t.UTC().Format(dateForm))
}

// dateForms are the ways in which clients write dates; without a zone they are UTC.
var dateForms = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04", "2006-01-02"}

// ParseDate reads a date in any of the forms that clients send.
func ParseDate(text string) (Date, error) {
	for _, form := range dateForms {
		t, err := time.Parse(form, text)
		if err == nil && t.Equal(never) {
			return Date{}, nil
		}
		if err == nil {
			return At(t), nil
		}
	}
	return Date{}, fmt.Errorf("%q is no date", text)
}

// UnmarshalJSON implements json.Unmarshaler. null and an empty text are never.
func (d *Date) UnmarshalJSON(raw []byte) (err error) {
	var text *string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	if text == nil || *text == "" {
		*d = Date{}
		return nil
	}
	*d, err = ParseDate(*text)
	return err
}
