// A part of the page that was asked for and did not come, or news that come no more: the page says so in words that stand in it,
// until the next one comes.
(() => {
  const show = (kind) => {
    for (const el of document.querySelectorAll("[data-unanswered]")) el.hidden = el.dataset.unanswered !== kind;
  };
  // The console's own page of a fault has the reason; what answers in its place, such as a proxy, has none.
  const reason = (xhr) => new DOMParser().parseFromString(xhr.responseText, "text/html").querySelector(".fault-page h1 + p")?.textContent;
  const refused = (why) => {
    document.querySelector("[data-unanswered=refused] b").textContent = why;
    return "refused";
  };

  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful || event.detail.xhr.status === 422) show("");
  });
  document.addEventListener("htmx:responseError", (event) => {
    const xhr = event.detail.xhr;
    const why = reason(xhr);
    show(xhr.status === 401 ? "signed-out" : why ? refused(why) : "silent");
  });
  document.addEventListener("htmx:sendError", () => show("silent"));

  const live = (state) => {
    for (const el of document.querySelectorAll("[data-live]")) el.hidden = el.dataset.live !== state;
  };
  document.addEventListener("htmx:sseOpen", () => live("on"));
  document.addEventListener("htmx:sseError", () => live("cut"));
})();
