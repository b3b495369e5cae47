// The condition language as colours: what docs/rule-language.md calls words, texts, paths and functions. The server's parser
// alone judges; this only has to cut the same pieces.
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { tags } from "@lezer/highlight";

const name = /[\p{L}_][\p{L}\p{Nd}_-]*/u;
const words = /^(and|or|like|matches|true|false)$/;
const path = new RegExp(`^@?${name.source}`, "u");
const call = /^\s*\(/;
const inText = /^(?:[^"\\]|\\[^]|\\$)*/;

// text reads on to the closing quote; a text may reach over several lines.
const text = (stream, state) => {
  stream.match(inText);
  state.inText = !stream.eat('"') && stream.eol();
  return "string";
};

const token = (stream, state) => {
  if (state.inText) return text(stream, state);
  if (stream.eatSpace()) return null;
  if (stream.eat('"')) return text(stream, state);
  if (stream.match(path)) return word(stream, state);
  state.afterDot = stream.peek() === ".";
  if (stream.match(/^(?:[=!]==?|=|!|&&|\|\|)/)) return "operator";
  return /[()[\]]/.test(stream.next()) ? "bracket" : null;
};

// word tells a word of the language, a function and a property apart; behind a dot every word is a property.
const word = (stream, state) => {
  const isProperty = state.afterDot;
  state.afterDot = false;
  if (!isProperty && words.test(stream.current())) return "keyword";
  return stream.match(call, false) ? "function" : "path";
};

export const conditions = StreamLanguage.define({
  name: "conditions",
  startState: () => ({ inText: false, afterDot: false }),
  token,
  tokenTable: { path: tags.propertyName, function: tags.function(tags.propertyName) },
});

// The colours are the console's own tokens, in light and dark.
export const colours = syntaxHighlighting(HighlightStyle.define([
  { tag: tags.keyword, color: "var(--code-kw)", fontWeight: "600" },
  { tag: tags.operator, color: "var(--code-kw)" },
  { tag: tags.function(tags.propertyName), color: "var(--code-kw)" },
  { tag: tags.string, color: "var(--code-str)" },
]));
