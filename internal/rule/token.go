package rule

// kind is the sort of a token.
type kind int

const (
	kindEnd kind = iota
	kindName
	kindText
	kindBool
	kindCompare
	kindAnd
	kindOr
	kindNot
	kindOpen
	kindClose
	kindListOpen
	kindListClose
	kindDot
	kindComma
)

// token is one word of the language. Value is the name as written, the text without quotes and escapes, or the
// canonical spelling of an operator.
type token struct {
	kind  kind
	value string
	span  Span
}

// words are the names that mean something by themselves; they are lower case (rule-language.md section 1).
var words = map[string]kind{
	"and": kindAnd, "or": kindOr, "like": kindCompare, "matches": kindCompare, "true": kindBool, "false": kindBool,
}

// symbol is a token of punctuation. A problem makes it a fault, read on as what value says; instead is its fix.
type symbol struct {
	text    string
	kind    kind
	value   string
	problem string
	instead string
}

const (
	signMeant = "There is no %s; the sign here is " // and which
	noPattern = "There is no %s; a regular expression is compared by matches."
)

const noOrder = "The language has no %s: rules compare with =, !=, ==, !==, like and matches only."

// symbols are tried in this order, so longer ones come first.
var symbols = []symbol{
	{text: "!==", kind: kindCompare, value: "!=="},
	{text: "====", kind: kindCompare, value: "==", problem: "There is no %s; == compares with regard to case.", instead: "=="},
	{text: "===", kind: kindCompare, value: "==", problem: "There is no %s; == compares with regard to case.", instead: "=="},
	{text: "!=", kind: kindCompare, value: "!="},
	{text: "==", kind: kindCompare, value: "=="},
	{text: "=~", kind: kindCompare, value: "matches", problem: noPattern, instead: " matches "},
	{text: "~=", kind: kindCompare, value: "matches", problem: noPattern, instead: " matches "},
	{text: "~", kind: kindCompare, value: "matches", problem: noPattern, instead: " matches "},
	{text: ":=", kind: kindCompare, value: "=", problem: signMeant + "=.", instead: "="},
	{text: "=!", kind: kindCompare, value: "!=", problem: signMeant + "!=.", instead: "!="},
	{text: "≠", kind: kindCompare, value: "!=", problem: signMeant + "!=.", instead: "!="},
	{text: "＝", kind: kindCompare, value: "=", problem: signMeant + "=.", instead: "="},
	{text: "≤", kind: kindCompare, value: "=", problem: noOrder},
	{text: "≥", kind: kindCompare, value: "=", problem: noOrder},
	{text: "<>", kind: kindCompare, value: "!=", problem: "There is no %s; different is written !=.", instead: "!="},
	{text: "<=", kind: kindCompare, value: "=", problem: noOrder},
	{text: ">=", kind: kindCompare, value: "=", problem: noOrder},
	{text: "=<", kind: kindCompare, value: "=", problem: noOrder},
	{text: "=>", kind: kindCompare, value: "=", problem: noOrder},
	{text: "<", kind: kindCompare, value: "=", problem: noOrder},
	{text: ">", kind: kindCompare, value: "=", problem: noOrder},
	{text: "=", kind: kindCompare, value: "="},
	{text: "!", kind: kindNot, value: "!"},
	{text: "∧", kind: kindAnd, value: "and", problem: signMeant + "&&.", instead: "&&"},
	{text: "∨", kind: kindOr, value: "or", problem: signMeant + "||.", instead: "||"},
	{text: "¬", kind: kindNot, value: "!", problem: signMeant + "!.", instead: "!"},
	{text: "&&&", kind: kindAnd, value: "and", problem: signMeant + "&&.", instead: "&&"},
	{text: "|||", kind: kindOr, value: "or", problem: signMeant + "||.", instead: "||"},
	{text: "&&", kind: kindAnd, value: "and"},
	{text: "||", kind: kindOr, value: "or"},
	{text: "&", kind: kindAnd, value: "and", problem: "One %s is not enough: write and, or &&.", instead: "&&"},
	{text: "|", kind: kindOr, value: "or", problem: "One %s is not enough: write or, or ||.", instead: "||"},
	{text: "(", kind: kindOpen, value: "("},
	{text: ")", kind: kindClose, value: ")"},
	{text: "（", kind: kindOpen, value: "(", problem: signMeant + "(.", instead: "("},
	{text: "）", kind: kindClose, value: ")", problem: signMeant + ").", instead: ")"},
	{text: "{", kind: kindListOpen, value: "{"},
	{text: "}", kind: kindListClose, value: "}"},
	{text: "[", kind: kindListOpen, value: "["},
	{text: "]", kind: kindListClose, value: "]"},
	{text: ".", kind: kindDot, value: "."},
	{text: ",", kind: kindComma, value: ","},
}

// symbolsBy are the symbols by their first byte, in the same order.
var symbolsBy = func() (by [256][]symbol) {
	for _, s := range symbols {
		by[s.text[0]] = append(by[s.text[0]], s)
	}
	return by
}()
