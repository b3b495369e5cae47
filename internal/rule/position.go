package rule

import "fmt"

// Position is a place in a text: the byte offset from 0, and the line and column from 1, the column counted in
// characters. LF, CRLF and CR end a line.
type Position struct{ Offset, Line, Column int }

// String gives the place in words: "line 1, column 15".
func (p Position) String() string { return fmt.Sprintf("line %d, column %d", p.Line, p.Column) }

// Span is a part of a text; End is the place behind its last character.
type Span struct{ Start, End Position }

// In gives the part of the text that the span covers.
func (s Span) In(text string) string { return text[s.Start.Offset:s.End.Offset] }
