// The rows of the Basic editor: Group and Join wait for two ticks, a value is completed from what exists, and on a box or
// button Alt with an arrow moves its row.
(() => {
  const isTick = (el) => el.name === "tick";
  const follow = () => {
    const few = document.querySelectorAll("#rows [name=tick]:checked").length < 2;
    for (const button of document.querySelectorAll("#group, #join")) button.disabled = few;
  };
  const move = { ArrowUp: "[value^='up:']", ArrowDown: "[value^='down:']" };

  document.addEventListener("DOMContentLoaded", follow);
  document.addEventListener("htmx:afterRequest", follow);
  // A tick changes no condition, so nobody else hears of it.
  for (const type of ["input", "change"]) {
    addEventListener(type, (event) => {
      if (!isTick(event.target)) return;
      event.stopPropagation();
      follow();
    }, true);
  }
  document.addEventListener("focusin", ({ target }) => {
    if (target.matches("#rows [name=value]")) target.setAttribute("list", `known-${target.closest(".rule-row").dataset.known}`);
  });
  document.addEventListener("focusout", ({ target }) => {
    if (target.matches("#rows [name=value]")) target.removeAttribute("list");
  });
  document.addEventListener("keydown", (event) => {
    const row = event.target.closest(".rule-row");
    if (!row || !event.altKey || !move[event.key] || !event.target.matches("button, [name=tick]")) return;
    event.preventDefault();
    row.querySelector(move[event.key])?.click();
  });
})();
