// A link or button with data-dialog="id" opens that dialog, and data-close closes it, as Escape does. A dialog that the server
// sent open becomes a modal window; closing it follows the link of its data-close, since the page's address is the dialog's.
// Without scripts all links are followed.
(() => {
  const open = (dialog) => {
    dialog.close();
    dialog.showModal();
  };

  const leave = (dialog) => { location.href = dialog.querySelector("[data-close]").href; };

  document.addEventListener("DOMContentLoaded", () => {
    for (const dialog of document.querySelectorAll("dialog[open]")) {
      open(dialog);
      dialog.querySelector("[aria-invalid]")?.focus();
      dialog.addEventListener("cancel", (event) => {
        event.preventDefault();
        leave(dialog);
      });
      dialog.dataset.sentOpen = "";
    }
  });

  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a new tab is wanted
    const opener = event.target.closest("[data-dialog]");
    const dialog = opener && document.getElementById(opener.dataset.dialog);
    if (dialog) {
      event.preventDefault();
      open(dialog);
      return;
    }
    const shut = event.target.closest("dialog:not([data-sent-open]) [data-close]");
    if (!shut) return;
    event.preventDefault();
    shut.closest("dialog").close();
  });
})();
