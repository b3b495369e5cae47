// The page of a policy: what the server answers while somebody edits never takes the place of what was typed since.
(() => {
  const form = () => document.getElementById("policy");
  const text = () => document.getElementById("conditions");
  const controls = () => [...document.querySelectorAll("#rows select, #rows input[type=text]")];
  const values = () => new Map(controls().map((el) => [el.id, el.value]));
  let asked = new Map(); // the rows as they were sent
  let typed = new Map(); // what changed in them since
  let shown; // the rows as they stood before the answer
  let edited = false; // something was changed since the request was sent

  const isOurs = (event) => event.detail.pathInfo?.requestPath === "/policies/check" || event.detail.requestConfig?.path === "/policies/check";

  // Conditions follow, unless they were changed after the request was sent.
  const followText = () => {
    const base = document.getElementById("base");
    const area = text();
    area.toggleAttribute("aria-invalid", false);
    if (document.getElementById("conditions-notes").hasAttribute("data-invalid")) area.setAttribute("aria-invalid", "true");
    if (area.value !== base.dataset.sent || area.value === base.value) return;
    area.value = base.value;
    area.dispatchEvent(new Event("change", { bubbles: true }));
  };

  // The control that took the place of one: a button may have moved its row, which says where it was.
  const successor = (id) => {
    const [, name, number] = id.match(/^(.+)-(\d+)$/);
    const moved = document.querySelector("#rows [data-from]:not([data-from=''])");
    if (moved && name !== "join") return document.querySelector(`#rows [data-from="${number}"] [name=${name}]`);
    return controls().length < asked.size ? null : document.getElementById(id);
  };

  // New rows get what was typed into the old ones meanwhile, and tell the server.
  const keepTyped = () => {
    if (document.getElementById("rows") === shown) return;
    let last;
    for (const [id, value] of typed) {
      const el = successor(id);
      if (!el || el.value === value) continue;
      el.value = value;
      last = el;
    }
    last?.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const hint = (row) => {
    const of = (name) => row.querySelector(`[name=${name}]`).value;
    const path = of("valuetype") === "Property" ? "" : `${of("side")}.${of("property")}`;
    row.dataset.known = path;
    const known = [...(document.getElementById(`known-${path}`)?.options ?? [])].map((o) => o.value);
    const more = known.length > 6 ? ", …" : "";
    row.querySelector(".rule-hint").textContent = known.length ? `Known: ${known.slice(0, 6).join(", ")}${more}` : "";
  };

  // What Validate rule found is about the form as it was.
  const forget = () => {
    document.getElementById("verdict").replaceChildren();
    document.getElementById("test-results").replaceChildren();
  };
  const isJudged = (el) => el.name === "disabled" || el.closest("#rule-fields, #rows, .conditions-box, #tests-group");

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!isOurs(event)) return;
    asked = values();
    edited = false;
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!isOurs(event)) return;
    shown = document.getElementById("rows");
    typed = new Map([...values()].filter(([id, value]) => asked.has(id) && asked.get(id) !== value));
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!isOurs(event) || !form()) return;
    followText();
    keepTyped();
    if (edited) forget();
    if (!event.detail.elt.isConnected && document.activeElement === document.body) form().querySelector("button[value=add]")?.focus();
  });
  document.addEventListener("input", (event) => {
    if (isJudged(event.target)) {
      edited = true;
      forget();
    }
    const row = event.target.closest(".rule-row");
    if (row && event.target.matches("select")) hint(row);
  });
  // A browser that goes back restores the text, and nothing that follows it.
  addEventListener("pageshow", () => {
    if (text().value !== document.getElementById("base").value) text().dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
