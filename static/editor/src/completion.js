// What can stand at the cursor: roots, properties, operators, functions, and the values that the site knows. The page has
// them in its lists (datalist[data-known]): one without a name holds all paths, the others the values of a path.
import { autocompletion, pickedCompletion } from "@codemirror/autocomplete";

const pathAt = /[\p{L}\p{Nd}_@.-]+$/u;
const pieces = /"(?:[^"\\]|\\[^])*"?|[=!]==?|=|&&|\|\||[\p{L}\p{Nd}_@.-]+|\S/gu;
const comparison = /^(?:[=!]==?|=|like|matches)$/;
const joining = /^(?:and|or|&&|\|\|)$/;

const longest = 300; // of a path that is completed

const known = (path) => {
  const list = [...document.querySelectorAll("datalist[data-known]")].find((l) => l.dataset.known.toLowerCase() === path.toLowerCase());
  return [...(list?.options ?? [])].map((o) => o.value);
};

// quote writes a value as the language does (rule.Quote).
const quote = (value) => `"${value.replace(/"|\\(?=[\\"]|$)/g, "\\$&")}"`;

// put inserts an option in place of what was typed, and of a quote that stands behind it.
const put = (text) => (view, option, from, to) => {
  const end = text.endsWith('"') && view.state.sliceDoc(to, to + 1) === '"' ? to + 1 : to;
  view.dispatch({ changes: { from, to: end, insert: text }, selection: { anchor: from + text.length }, annotations: pickedCompletion.of(option), userEvent: "input.complete" });
};

const values = (path) => known(path).map((value) => ({ label: quote(value), displayLabel: value, type: "value", apply: put(quote(value)) }));
const operators = ["=", "!=", "like", "matches", "==", "!=="].map((label) => ({ label, type: "operator", apply: put(label) }));
const joins = ["and", "or"].map((label) => ({ label, type: "operator" }));
const roots = [
  { label: "resource", type: "root", detail: "the app", boost: 1 },
  { label: "subject", type: "root", detail: "the deployment", boost: 1 },
];

// paths are the known ones; behind the dot of one, what can be asked of it.
const paths = (typed) => {
  const asked = typed.slice(0, typed.lastIndexOf("."));
  const calls = [];
  if (asked.includes(".")) calls.push(`${asked}.Empty()`);
  if (asked.toLowerCase() === "resource") calls.push(`${asked}.IsOwned()`);
  return [...roots, ...known("").map((label) => ({ label, type: "path" })), ...calls.map((label) => ({ label, type: "function" }))];
};

// insideText is the case of a text that is being typed: the known values of the property left of the comparison.
const insideText = (before) => {
  const [property, operator, open] = before.slice(-3).map((piece) => piece[0]);
  return comparison.test(operator) && operator !== "matches" ? { from: before.at(-1).index, options: values(property) } : null;
};

// expected is what fits behind the last whole piece of the text.
const expected = (last, secondLast, typed) => {
  if (comparison.test(last)) return [...values(secondLast), ...paths(typed)];
  if (/["')]$/.test(last)) return joins;
  if (last && last !== "(" && last !== "!" && !joining.test(last)) return operators;
  return paths(typed);
};

const isOpen = (piece) => piece?.startsWith('"') && !/^"(?:[^"\\]|\\[^])*"$/.test(piece);

const complete = (context) => {
  const text = context.state.sliceDoc(0, context.pos);
  const before = [...text.matchAll(pieces)];
  if (isOpen(before.at(-1)?.[0])) return insideText(before);
  const typed = pathAt.exec(text.slice(-longest))?.[0] ?? "";
  if (typed) before.pop();
  const last = before.at(-1)?.[0] ?? "";
  if (!typed && !context.explicit && !comparison.test(last)) return null;
  return { from: context.pos - typed.length, options: expected(last, before.at(-2)?.[0] ?? "", typed) };
};

export const completion = autocompletion({ override: [complete], icons: false });
