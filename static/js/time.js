// Writes <time data-time> in the reader's zone: today 05:38, in the six days before Sun 22:10, else 12 Nov. The exact
// moment, with its zone, goes into the title.
(() => {
  const pad = (n) => String(n).padStart(2, "0");
  const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
  const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const clock = (t) => `${pad(t.getHours())}:${pad(t.getMinutes())}`;
  const midnight = (t) => new Date(t.getFullYear(), t.getMonth(), t.getDate());
  const daysAgo = (t, now) => Math.round((midnight(now) - midnight(t)) / 86400000);

  const short = (t, now) => {
    const ago = daysAgo(t, now);
    if (ago === 0) return clock(t);
    if (ago > 0 && ago < 7) return `${days[t.getDay()]} ${clock(t)}`;
    const day = `${t.getDate()} ${months[t.getMonth()]}`;
    return t.getFullYear() === now.getFullYear() ? day : `${day} ${t.getFullYear()}`;
  };

  const zone = (t) => {
    const part = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" }).formatToParts(t);
    return part.find((p) => p.type === "timeZoneName")?.value || "";
  };

  const exact = (t) =>
    `${days[t.getDay()]} ${t.getDate()} ${months[t.getMonth()]} ${t.getFullYear()} ${clock(t)}:${pad(t.getSeconds())} ${zone(t)}`;

  const modes = { clock: (t) => `${clock(t)}:${pad(t.getSeconds())}`, exact };

  const rewrite = (root) => {
    const now = new Date();
    for (const el of root.querySelectorAll("time[data-time]")) {
      const t = new Date(el.dateTime);
      if (Number.isNaN(t.getTime())) continue;
      const text = (modes[el.dataset.time] || short)(t, now);
      if (el.textContent !== text) el.textContent = text;
      el.title = exact(t);
    }
  };

  document.addEventListener("DOMContentLoaded", () => rewrite(document));
  document.addEventListener("htmx:afterSettle", (event) => rewrite(event.target.parentNode || document));
  document.addEventListener("htmx:sseMessage", () => rewrite(document));
  setInterval(() => rewrite(document), 60000); // midnight passes
})();
