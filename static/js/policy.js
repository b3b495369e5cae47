// The page of a policy: what the server answers while somebody edits never takes the place of what was typed since.
(() => {
  const form = () => document.getElementById("policy");
  const text = () => document.getElementById("conditions");
  const controls = () => [...document.querySelectorAll("#rows select, #rows input[type=text]")];
  const values = () => new Map(controls().map((el) => [el.id, el.value]));
  let asked = new Map(); // the rows as they were sent
  let typed = new Map(); // what changed in them since

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

  // New rows get what was typed into the old ones meanwhile, and tell the server.
  const keepTyped = () => {
    if (typed.size === 0 || controls().length < asked.size) return;
    let last;
    for (const [id, value] of typed) {
      const el = document.getElementById(id);
      if (!el || el.value === value) continue;
      el.value = value;
      last = el;
    }
    last?.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const hint = (row) => {
    const of = (name) => row.querySelector(`[name=${name}]`).value;
    const path = of("valuetype") === "Property" ? "" : `${of("side")}.${of("property")}`;
    const list = document.querySelector(`datalist[data-known="${CSS.escape(path)}"]`);
    const known = [...(list?.options ?? [])].map((o) => o.value);
    const more = known.length > 6 ? ", …" : "";
    row.querySelector(".rule-hint").textContent = known.length ? `Known: ${known.slice(0, 6).join(", ")}${more}` : "";
  };

  document.addEventListener("htmx:beforeRequest", (event) => { if (isOurs(event)) asked = values(); });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!isOurs(event)) return;
    typed = new Map([...values()].filter(([id, value]) => asked.has(id) && asked.get(id) !== value));
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!isOurs(event) || !form()) return;
    followText();
    keepTyped();
    if (!event.detail.elt.isConnected && document.activeElement === document.body) form().querySelector("button[value=add]")?.focus();
  });
  document.addEventListener("input", (event) => {
    const row = event.target.closest(".rule-row");
    if (row && event.target.matches("select")) hint(row);
  });
})();
