// Comfort for browsers with scripts: Copy buttons, and Escape as Cancel. Every page works without.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "Copied";
    } catch {
      const value = button.parentElement.querySelector("code");
      getSelection().selectAllChildren(value);
      button.textContent = "Press Ctrl+C";
    }
  });
}

const cancel = document.querySelector("[data-cancel]");
if (cancel) {
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") cancel.click();
  });
}
