package adopt

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The bounds of a table that somebody uploads.
const (
	MaxTable = 5 << 20 // bytes
	MaxLines = 20_000
)

// The columns of the table, in their order. Only ids and action matter on the way back.
var header = []string{"site app id", "site app", "stream", "tenant app id", "tenant app", "space", "size at site", "size in tenant", "proposal", "action"}

// The actions of a table, as they are downloaded. Uploaded ones may be in any case, and short.
const (
	ActionLink = "link"
	ActionMark = "leave and mark"
)

var actions = map[string]string{
	"": "", ActionLink: ActionLink, ActionMark: ActionMark, "leave": ActionMark, "mark": ActionMark,
	string(Linked): "", string(Marked): "", string(Ours): "", // as downloaded: nothing is to be done
}

// Choice is what somebody chose for an app of the site.
type Choice struct {
	AppID, RemoteID string
	Mark            bool
	Line            int // of the table; 0: it came from the page
}

// BadLine is a line of a table that cannot be taken.
type BadLine struct {
	Line int
	Why  string // a sentence
}

// Write writes rows as CSV, one line for each copy that fits. Texts that a spreadsheet would take for a formula are made harmless.
func Write(w io.Writer, rows []Row, harmless func(string) string) error {
	out := csv.NewWriter(w)
	if err := out.Write(header); err != nil {
		return err
	}
	for _, r := range rows {
		for _, line := range r.lines(harmless) {
			if err := out.Write(line); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

func (r Row) lines(harmless func(string) string) [][]string {
	stream := ""
	if r.App.Stream != nil {
		stream = r.App.Stream.Name
	}
	line := func(id, name, space string, size int64, proposal, action string) []string {
		there := ""
		if size > 0 {
			there = strconv.FormatInt(size, 10)
		}
		return []string{r.App.ID, harmless(r.App.Name), harmless(stream), harmless(id), harmless(name), harmless(space), strconv.FormatInt(r.App.Size, 10), there, proposal, action}
	}
	switch p := r.Placement; {
	case p != nil:
		return [][]string{line(p.RemoteID, p.RemoteName, p.SpaceName, p.Size, "", string(r.State))}
	case len(r.Fits) == 0:
		return [][]string{line("", "", "", 0, string(None), "")}
	}
	var lines [][]string
	for _, f := range r.Fits {
		lines = append(lines, line(f.ID, f.Name, f.SpaceName, f.Size, string(r.State)+": "+strings.Join(f.Reasons, ", "), ""))
	}
	return lines
}

// Parse reads a table: the choices that are made in it, and the lines that cannot be taken. An error says that it is no such table.
func Parse(raw []byte) (choices []Choice, bad []BadLine, err error) {
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	if !utf8.Valid(raw) {
		return nil, nil, errors.New("the file is not text in UTF-8; save it as CSV UTF-8")
	}
	in := csv.NewReader(bytes.NewReader(raw))
	in.FieldsPerRecord, in.ReuseRecord, in.LazyQuotes, in.Comma = -1, true, true, separator(raw)
	first, err := in.Read()
	if err != nil {
		return nil, nil, errors.New("the file is empty; it begins with a line that names the columns")
	}
	at, err := columnsOf(first)
	if err != nil {
		return nil, nil, err
	}
	t := table{at: at, apps: map[string]int{}, remotes: map[string]int{}}
	for n := 0; ; n++ {
		fields, err := in.Read()
		switch {
		case errors.Is(err, io.EOF):
			return t.choices, t.bad, nil
		case err != nil:
			return nil, nil, fmt.Errorf("the file cannot be read as CSV: %w", err)
		case n == MaxLines:
			return nil, nil, fmt.Errorf("the file has more than %d lines; take out those without an action", MaxLines)
		}
		line, _ := in.FieldPos(0)
		t.take(line, fields)
	}
}

// separator is the one that the first line has most of: spreadsheets of many countries write semicolons.
func separator(raw []byte) rune {
	first, _, _ := bytes.Cut(raw, []byte("\n"))
	if bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		return ';'
	}
	return ','
}

// columns are the places of the columns that matter.
type columns struct{ app, remote, action int }

func columnsOf(first []string) (at columns, err error) {
	names := make([]string, len(first))
	for i, name := range first {
		names[i] = fold(name)
	}
	for name, place := range map[string]*int{"site app id": &at.app, "tenant app id": &at.remote, "action": &at.action} {
		if *place = slices.Index(names, name); *place < 0 {
			return at, fmt.Errorf("the first line names no column %q; begin with a table that was downloaded here", name)
		}
	}
	return at, nil
}

type table struct {
	at            columns
	apps, remotes map[string]int // the lines that chose them
	choices       []Choice
	bad           []BadLine
}

// take reads one line. One without an action is passed over.
func (t *table) take(line int, fields []string) {
	cell := func(i int) string {
		if i < len(fields) {
			return strings.TrimPrefix(strings.TrimSpace(fields[i]), "'")
		}
		return ""
	}
	refuse := func(format string, args ...any) { t.bad = append(t.bad, BadLine{line, fmt.Sprintf(format, args...)}) }
	app, remote := strings.ToLower(cell(t.at.app)), cell(t.at.remote)
	action, known := actions[fold(cell(t.at.action))]
	switch {
	case !known:
		refuse("The action %q is not known. Write link, leave and mark, or nothing.", short(cell(t.at.action)))
	case action == "":
	case app == "" || remote == "":
		refuse("It has an action, but not both ids.")
	case t.apps[app] > 0:
		refuse("The site app is chosen in line %d already.", t.apps[app])
	case t.remotes[remote] > 0:
		refuse("The tenant app is chosen in line %d already.", t.remotes[remote])
	default:
		t.apps[app], t.remotes[remote] = line, line
		t.choices = append(t.choices, Choice{app, remote, action == ActionMark, line})
	}
}

// short keeps what somebody typed within a line.
func short(text string) string {
	if runes := []rune(text); len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return text
}
