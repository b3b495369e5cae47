// Runs before the page is drawn: says that scripts are on, and sets the kept choice of light or dark, so that nothing flashes.
(() => {
  const root = document.documentElement;
  const key = "skyferry.theme";
  root.classList.add("js");

  const kept = () => {
    try { return localStorage.getItem(key); } catch { return null; } // storage may be forbidden
  };
  const keep = (theme) => {
    try { localStorage.setItem(key, theme); } catch { /* then it lasts for this page only */ }
  };
  const chosen = kept();
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;

  const current = () =>
    root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    root.dataset.theme = current() === "dark" ? "light" : "dark";
    keep(root.dataset.theme);
  });
})();
