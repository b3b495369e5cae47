// Buttons with data-copy="#id" copy that element's text and say so. Where the browser gives no clipboard, the text is
// selected instead, so that Ctrl+C does it.
(() => {
  const textOf = (el) => ("value" in el ? el.value : el.textContent).trim();

  const select = (el) => {
    if (el.select) {
      el.focus();
      el.select();
      return;
    }
    const range = document.createRange();
    range.selectNodeContents(el);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  };

  const say = (button, text) => {
    const place = button.parentNode.querySelector("[role=status]") || document.getElementById("live");
    place.textContent = text;
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = document.querySelector(button.dataset.copy);
    if (!source) return;
    try {
      await navigator.clipboard.writeText(textOf(source)); // absent on plain http beyond localhost
      say(button, "Copied");
    } catch {
      select(source);
      say(button, "The text is selected: press Ctrl+C");
    }
  });
})();
