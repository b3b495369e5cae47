// Tables: which columns are shown (kept per table in this browser), and how many rows are ticked.
(() => {
  const keyOf = (id) => `skyferry.columns.${id}`;
  const load = (id) => {
    try { return JSON.parse(localStorage.getItem(keyOf(id))) || {}; } catch { return {}; }
  };
  const save = (id, choice) => {
    try { localStorage.setItem(keyOf(id), JSON.stringify(choice)); } catch { /* then it lasts for this page only */ }
  };

  const show = (table, column, shown) => {
    for (const cell of table.querySelectorAll(`[data-col="${CSS.escape(column)}"]`)) cell.toggleAttribute("data-hidden", !shown);
  };

  const applyColumns = (table) => {
    const choice = load(table.dataset.table);
    for (const [column, shown] of Object.entries(choice)) {
      show(table, column, shown);
      const box = document.querySelector(`[data-columns="${CSS.escape(table.dataset.table)}"] input[value="${CSS.escape(column)}"]`);
      if (box) box.checked = shown;
    }
  };

  const rowsOf = (table) => [...table.querySelectorAll("[data-row]")];

  const showSelection = (table) => {
    const rows = rowsOf(table);
    const ticked = rows.filter((row) => row.checked).length;
    const all = table.querySelector("[data-all]");
    if (all) {
      all.checked = ticked > 0 && ticked === rows.length;
      all.indeterminate = ticked > 0 && ticked < rows.length;
    }
    for (const button of document.querySelectorAll("[data-needs-row]")) button.disabled = ticked === 0;
    for (const place of document.querySelectorAll(`[data-selected="${CSS.escape(table.dataset.table)}"]`)) {
      place.textContent = ticked === 0 ? "" : `${ticked} selected`;
    }
  };

  const start = () => {
    for (const table of document.querySelectorAll("table[data-table]")) {
      applyColumns(table);
      if (table.querySelector("[data-row], [data-all]")) showSelection(table);
    }
  };

  document.addEventListener("DOMContentLoaded", start);
  document.addEventListener("htmx:afterSettle", start);
  addEventListener("pageshow", start); // the browser restores ticks when one comes back
  document.addEventListener("change", (event) => {
    const selector = event.target.closest("[data-columns]");
    if (selector) {
      const id = selector.dataset.columns;
      save(id, { ...load(id), [event.target.value]: event.target.checked });
      show(document.getElementById(id), event.target.value, event.target.checked);
      return;
    }
    const table = event.target.closest("table[data-table]");
    if (!table) return;
    if (event.target.matches("[data-all]")) for (const row of rowsOf(table)) row.checked = event.target.checked;
    if (event.target.matches("[data-all], [data-row]")) showSelection(table);
  });
})();
