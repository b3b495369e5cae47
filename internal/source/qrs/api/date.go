package api

import (
	"encoding/json"
	"fmt"
	"time"
)

// Date is a moment as QRS writes it: the zero time stands for its "never", 1753-01-01T00:00:00.000Z (qlik-repository-api.md
// section 3.1).
type Date struct{ time.Time }

// lastNever is the year of "never"; nothing of Qlik Sense is as old.
const lastNever = 1753

var dateForms = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"}

// UnmarshalJSON implements json.Unmarshaler. null and an empty text are never; a date without a zone is UTC.
func (d *Date) UnmarshalJSON(raw []byte) error {
	var text *string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	*d = Date{}
	if text == nil || *text == "" {
		return nil
	}
	for _, form := range dateForms {
		if t, err := time.Parse(form, *text); err == nil {
			if t.Year() > lastNever {
				*d = Date{t.UTC()}
			}
			return nil
		}
	}
	return fmt.Errorf("%q is no date", *text)
}

// In a filter, dates are written as scripts of administrators have them, in UTC and saying so. The documentation's form
// (2012-05-09 12:00:00) does not say of which zone it is.
const filterDate = "2006-01-02T15:04:05.000Z"

// FilterDate writes a moment as a value for a filter, with its quotes.
func FilterDate(t time.Time) string { return "'" + t.UTC().Format(filterDate) + "'" }
