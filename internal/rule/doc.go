// Package rule is the condition language of Qlik Sense rules: lexer, parser, checker, compiled program, explanation,
// canonical text, and the rows of the Basic editor. docs/rule-language.md is its one page of semantics; the facts are in
// rule-language.md of the reference. It imports nothing of ours.
//
// The usual way is Parse, then Check, then Compile. No input makes any of them panic or hang: texts end at MaxText bytes,
// nesting at MaxDepth, and patterns at a bounded size.
package rule
