// The editor of conditions. The textarea stays the form's field: what is typed here is written through to it at once, and
// what a row, a fix or a script writes into it shows up here.
import { history, historyKeymap, isolateHistory, standardKeymap } from "@codemirror/commands";
import { bracketMatching } from "@codemirror/language";
import { lintKeymap } from "@codemirror/lint";
import { Annotation, EditorState, StateEffect, StateField } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { completion } from "./completion.js";
import { colours, conditions } from "./language.js";
import { isNew, isRefused, showNotes, squiggles } from "./notes.js";
import { theme } from "./theme.js";

const fromField = Annotation.define(); // the change came out of the textarea
const refusal = StateEffect.define();
const refused = StateField.define({
  create: isRefused,
  update: (value, tr) => tr.effects.reduce((found, effect) => (effect.is(refusal) ? effect.value : found), value),
  provide: (field) => EditorView.contentAttributes.from(field, (value) => (value ? { "aria-invalid": "true" } : {})),
});

// difference is the one part in which two texts differ, so that the cursor and the squiggles beside it keep their place.
const difference = (before, after) => {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start++;
  let end = 0;
  while (end < most - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  return { from: start, to: before.length - end, insert: after.slice(start, after.length - end) };
};

const readField = (view, field) => {
  const text = view.state.doc.toString();
  if (text === field.value) return;
  view.dispatch({ changes: difference(text, field.value), annotations: [fromField.of(true), isolateHistory.of("full")] });
};

// writeField tells the page as the textarea itself would.
const writeField = (field, update) => {
  if (!update.docChanged) return;
  update.view.dom.style.removeProperty("height");
  if (update.transactions.some((tr) => tr.annotation(fromField))) return;
  field.value = update.state.doc.toString();
  field.dispatchEvent(new Event("input", { bubbles: true }));
};

const leaves = (field) => {
  let before = field.value;
  return EditorView.focusChangeEffect.of((state, focusing) => {
    const changed = field.value !== before;
    before = field.value;
    if (!focusing && changed) queueMicrotask(() => field.dispatchEvent(new Event("change", { bubbles: true })));
    return null;
  });
};

const naming = (field, label) => EditorView.contentAttributes.of({
  "aria-labelledby": label.id, "aria-describedby": field.getAttribute("aria-describedby"), "aria-readonly": String(field.readOnly),
});

// keepPlace puts the cursor back to where it was when Tab or a script comes back: squiggles that changed meanwhile moved the
// browser's own.
const keepPlace = EditorView.domEventHandlers({ focus: (_, view) => view.focus() });

const extensions = (field, label) => [
  lineNumbers(), history(), bracketMatching(), conditions, colours, completion, squiggles, theme, refused, keepPlace, naming(field, label), leaves(field),
  keymap.of([...standardKeymap, ...historyKeymap, ...lintKeymap]),
  EditorView.lineWrapping, EditorState.readOnly.of(field.readOnly), EditorView.updateListener.of((update) => writeField(field, update)),
];

// hide leaves the textarea in the page for the form, for links to it and for whoever focuses it, and for nobody else.
const hide = (field, view) => {
  field.classList.add("visually-hidden");
  field.setAttribute("aria-hidden", "true");
  field.tabIndex = -1;
  field.addEventListener("focus", () => view.focus());
};

// actAsField gives the editable text what scripts and tools know of a textarea.
const actAsField = (field, view) => Object.defineProperties(view.contentDOM, {
  value: {
    get: () => field.value,
    set: (text) => view.dispatch({ changes: difference(field.value, text) }),
  },
  select: { value: () => view.dispatch({ selection: { anchor: 0, head: view.state.doc.length } }) },
});

const listen = (field, view) => {
  for (const kind of ["input", "change"]) field.addEventListener(kind, () => readField(view, field));
  addEventListener("pageshow", () => readField(view, field)); // a browser that goes back restores the textarea
  document.addEventListener("htmx:afterRequest", () => answered(field, view));
};

// answered shows the notes, unless something was typed since the text that they are about.
const answered = (field, view) => {
  if (!isNew() || document.getElementById("base").value !== field.value) return;
  showNotes(view);
  view.dispatch({ effects: refusal.of(isRefused()) });
};

// takeLabel gives the label to the editor: a field and its label are found by each other.
const takeLabel = (field) => {
  const label = field.labels[0];
  label.id = `${field.id}-label`;
  label.removeAttribute("for");
  return label;
};

const start = (field) => {
  const height = field.offsetHeight;
  const label = takeLabel(field);
  const view = new EditorView({ doc: field.value, extensions: extensions(field, label) });
  label.addEventListener("click", () => view.focus());
  view.dom.style.minHeight = view.dom.style.height = `${height}px`; // nothing moves until somebody types
  field.before(view.dom);
  hide(field, view);
  actAsField(field, view);
  listen(field, view);
  showNotes(view);
};

const field = document.querySelector("textarea[name=conditions]");
if (field) start(field);
