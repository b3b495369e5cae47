// The server's notes below the box, as squiggles in the text. Places are UTF-16 offsets, as in the textarea's value.
import { linter, setDiagnostics } from "@codemirror/lint";

const notes = () => document.getElementById("conditions-notes");

// visible widens an empty place by a character, so that there is something to underline.
const visible = (from, to, length) => {
  if (from < to) return [from, to];
  return to < length ? [from, to + 1] : [Math.max(0, from - 1), to];
};

const diagnostic = (line, length) => {
  const place = (at) => Math.min(Number(line.dataset[at]), length);
  const [from, to] = visible(place("from"), place("to"), length);
  const button = line.querySelector("button");
  return {
    from, to,
    severity: line.classList.contains("bad") ? "error" : "warning",
    message: line.querySelector("p").textContent,
    actions: button ? [{ name: button.textContent.trim(), apply: () => button.click() }] : [],
  };
};

// isRefused says whether the notes hold a fault.
export const isRefused = () => notes().hasAttribute("data-invalid");

let shown; // the notes that the squiggles are made of

// isNew says whether an answer has brought other notes; to show the same ones again would close an open tooltip.
export const isNew = () => notes() !== shown;

// showNotes underlines what the notes on the page say of the text that is in the box.
export const showNotes = (view) => {
  shown = notes();
  const lines = [...notes().querySelectorAll(".note-line")];
  view.dispatch(setDiagnostics(view.state, lines.map((line) => diagnostic(line, view.state.doc.length))));
};

export const squiggles = linter(null);
