// The form of a deployment: where apps land follows the way of signing in, as Apply will have it. The choice can be made
// otherwise after that; the server says then what does not go together.
document.addEventListener("change", (event) => {
  if (event.target.id !== "local") return;
  const choice = document.querySelector(`[name=landing][value=${event.target.checked ? "staged" : "managed"}]`);
  if (choice.checked) return;
  choice.checked = true;
  choice.dispatchEvent(new Event("change", { bubbles: true }));
});
