// Menus are <details>, so they open without scripts. With them, Escape, a click elsewhere and leaving by Tab close them. Lines of links
// show the current one, and follow the keyboard.
(() => {
  const closeAll = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
  };

  document.addEventListener("click", (event) => closeAll(event.target.closest("details.menu")));
  document.addEventListener("focusin", (event) => closeAll(event.target.closest("details.menu")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // On a phone the tabs are a line that scrolls: the current one is in sight.
  const showCurrent = () => {
    const tab = document.querySelector(".tabs [aria-current]"), line = tab?.parentElement;
    if (tab) line.scrollLeft = tab.offsetLeft - line.offsetLeft - (line.clientWidth - tab.offsetWidth) / 2;
  };
  document.addEventListener("DOMContentLoaded", showCurrent);
  document.addEventListener("htmx:sseMessage", showCurrent);

  // Where links stand in a line that scrolls, the one that has the keyboard is to be seen whole: browsers leave it half out of sight.
  document.addEventListener("focusin", ({ target }) => {
    if (target.closest(".tabs, .group-nav")) target.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
})();
