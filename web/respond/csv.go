package respond

import (
	"net/http"
	"strings"
)

// CSV says that the answer is a table, to be kept as a file with this name.
func CSV(w http.ResponseWriter, filename string) {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+filename+`"`)
}

// Harmless keeps a spreadsheet from taking a text of a CSV for a formula.
func Harmless(text string) string {
	if strings.ContainsAny(text[:min(1, len(text))], "=+-@\t\r") {
		return "'" + text
	}
	return text
}
