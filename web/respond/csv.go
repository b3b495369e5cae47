package respond

import (
	"io"
	"net/http"
	"strings"
)

// CSV begins a table that is kept as a file with this name. It begins with the mark of UTF-8: without it spreadsheets on Windows
// read names with umlauts in another encoding, and write them back so.
func CSV(w http.ResponseWriter, filename string) {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+filename+`"`)
	_, _ = io.WriteString(w, "\ufeff") // who has gone is found by what is written next
}

// Harmless keeps a spreadsheet from taking a text of a CSV for a formula.
func Harmless(text string) string {
	if strings.ContainsAny(text[:min(1, len(text))], "=+-@\t\r") {
		return "'" + text
	}
	return text
}
