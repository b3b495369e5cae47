// Forms marked data-edit: what changed has its old value and an undo arrow, the action bar counts what is not applied,
// leaving asks, and Apply waits while a mandatory field is empty. Every other check is the server's.
(() => {
  const isBox = (el) => el.type === "checkbox" || el.type === "radio";
  const stored = (el) => {
    if (isBox(el)) return el.defaultChecked;
    if (el.dataset.was !== undefined) return el.dataset.was;
    if (el.matches("select")) return [...el.options].find((o) => o.defaultSelected)?.value ?? el.options[0]?.value ?? "";
    return el.defaultValue;
  };
  const now = (el) => (isBox(el) ? el.checked : el.value);
  const changed = (el) => now(el) !== stored(el);
  const counts = (el) => changed(el) && (el.type !== "radio" || el.checked); // another choice is one change, not two
  const fields = (form) =>
    [...form.elements].filter((el) => el.name && el.matches("input:not([type=hidden]), textarea, select") && !el.readOnly && !("noTrack" in el.dataset));

  const wordsFor = (el) => {
    const value = stored(el);
    if (el.matches("select")) return [...el.options].find((o) => o.value === value)?.text ?? value;
    return value === "" ? "empty" : value;
  };

  const restore = (el) => {
    if (isBox(el)) el.checked = el.defaultChecked;
    else el.value = stored(el);
    el.dispatchEvent(new Event("input", { bubbles: true }));
    el.dispatchEvent(new Event("change", { bubbles: true }));
    el.focus();
  };

  const undoMark = () => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "icon");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", "M5.4 2.8L2.2 6l3.2 3.2M2.4 6h7.1a3.8 3.8 0 0 1 0 7.6H6");
    path.setAttribute("fill", "none");
    path.setAttribute("stroke", "currentColor");
    path.setAttribute("stroke-width", "1.5");
    svg.append(path);
    return svg;
  };

  const makeNote = (el) => {
    const note = document.createElement("p");
    note.className = "was";
    note.dataset.for = el.id;
    const text = document.createElement("span");
    text.textContent = `Was ${wordsFor(el)}`;
    const undo = document.createElement("button");
    undo.type = "button";
    undo.className = "undo";
    undo.dataset.undo = el.id;
    undo.append(undoMark(), "Undo");
    note.append(text, undo);
    return note;
  };

  const showWas = (el) => {
    if (!el.id || isBox(el) || el.type === "password" || el.type === "file" || el.type === "search") return;
    const control = el.closest(".control");
    if (!control || el.closest("[data-no-was]")) return;
    const note = control.querySelector(`.was[data-for="${CSS.escape(el.id)}"]`);
    if (changed(el) && !note) el.after(makeNote(el));
    if (!changed(el) && note) note.remove();
  };

  // A form's buttons may stand outside of it, so form.elements and not querySelectorAll.
  const submitsOf = (form) => [...form.elements].filter((el) => el.matches("button.primary[type=submit]") && !("noCheck" in el.dataset));
  const missing = (form) => [...form.elements].some((el) => el.required && !el.disabled && !isBox(el) && el.value.trim() === "");

  const showState = (form) => {
    for (const button of submitsOf(form)) button.disabled = missing(form);
    const note = form.querySelector(".actions .note") || document.querySelector(".actions .note");
    if (!note) return;
    const n = fields(form).filter(counts).length;
    const text = n === 0 ? note.dataset.note || "" : n === 1 ? "1 change not applied" : `${n} changes not applied`;
    if (note.textContent !== text) note.textContent = text;
  };

  const dirty = (form) => fields(form).some(changed);
  let leaving = false;

  const refresh = () => {
    for (const form of document.querySelectorAll("form[data-edit]")) {
      fields(form).forEach(showWas);
      showState(form);
    }
  };

  const start = () => {
    refresh();
    document.getElementById("error-summary")?.focus();
  };

  const update = (event) => {
    const form = event.target.form;
    if (!form || !form.matches("[data-edit]")) return;
    showWas(event.target);
    showState(form);
  };

  document.addEventListener("DOMContentLoaded", start);
  document.addEventListener("input", update);
  document.addEventListener("change", update);
  document.addEventListener("submit", () => { leaving = true; });
  document.addEventListener("click", (event) => {
    const undo = event.target.closest("[data-undo]");
    const el = undo && document.getElementById(undo.dataset.undo);
    if (el) restore(el);
  });
  addEventListener("pageshow", () => { // a browser that goes back has restored what was typed
    leaving = false;
    refresh();
  });
  addEventListener("beforeunload", (event) => {
    if (!leaving && [...document.querySelectorAll("form[data-edit]")].some(dirty)) event.preventDefault();
  });
})();
