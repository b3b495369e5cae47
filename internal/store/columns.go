package store

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// micros is a time as it is stored: microseconds since 1970, 0 for the zero time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// moment scans a stored time.
func moment(t *time.Time) sql.Scanner { return timeColumn{t} }

type timeColumn struct{ t *time.Time }

// Scan reads microseconds.
func (c timeColumn) Scan(value any) error {
	n, ok := value.(int64)
	if !ok {
		return fmt.Errorf("a time is stored as %T", value)
	}
	*c.t = time.Time{}
	if n != 0 {
		*c.t = time.UnixMicro(n).UTC()
	}
	return nil
}

// asJSON is a value as it is stored in a text column.
func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // our own plain types always marshal
	}
	return string(text)
}

// fromJSON scans a stored JSON text into v, a pointer.
func fromJSON(v any) sql.Scanner { return jsonColumn{v} }

type jsonColumn struct{ v any }

// Scan reads JSON; an empty text leaves the value alone.
func (c jsonColumn) Scan(value any) error {
	switch text := value.(type) {
	case nil:
		return nil
	case string:
		return c.decode([]byte(text))
	case []byte:
		return c.decode(text)
	default:
		return fmt.Errorf("JSON is stored as %T", value)
	}
}

func (c jsonColumn) decode(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	return json.Unmarshal(text, c.v)
}

// nullable stores an empty id as NULL, for references.
func nullable(id string) any {
	if id == "" {
		return nil
	}
	return id
}

// nameKey is a name as it is compared: without outer blanks, without case. Upper case comes first, so that letters with two
// lower cases (such as the Greek sigma) become one.
func nameKey(name string) string { return strings.ToLower(strings.ToUpper(strings.TrimSpace(name))) }

// contains makes the pattern of a LIKE ... ESCAPE '\' that finds a text anywhere in a key column.
func contains(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(nameKey(text)) + "%"
}
