// What every page does: waiting times that grow, short notices, requests that get no answer, signing out.
"use strict";

const Helpo = (() => {
  const body = document.body;
  const words = JSON.parse(body.dataset.words);
  // The server's clock counts, whatever this machine's says.
  const offset = Date.parse(body.dataset.now) - Date.now();
  const MINUTE = 60000;

  function spell(minutes) {
    if (minutes < 1) return words.now;
    if (minutes < 60) return minutes + words.minute;
    return Math.floor(minutes / 60) + words.hour + (minutes % 60) + words.minute;
  }

  function tick(root) {
    const now = Date.now() + offset;
    for (const time of (root || document).querySelectorAll("time[data-since]")) {
      const minutes = Math.max(0, Math.floor((now - Date.parse(time.dateTime)) / MINUTE));
      const text = spell(minutes);
      if (time.textContent !== text) time.textContent = text;
      time.classList.toggle("late", minutes >= 5);
      time.classList.toggle("very-late", minutes >= 15);
    }
  }

  let hiding = 0;
  function notice(text) {
    const box = document.getElementById("notice");
    box.textContent = text;
    box.hidden = false;
    clearTimeout(hiding);
    hiding = setTimeout(() => { box.hidden = true; }, 8000);
  }

  function offline(isOff) {
    document.getElementById("offline").hidden = !isOff;
  }

  // For those who hear the page: what has arrived, where nothing took the focus.
  function announce(text) {
    document.getElementById("arrivals").textContent = text;
  }

  function token() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  }

  function failed(text) {
    notice(text);
    document.dispatchEvent(new Event("talk-changed"));
  }
  document.addEventListener("htmx:responseError", (event) => {
    const told = event.detail.xhr.getResponseHeader("X-Helpo-Message");
    failed(told ? decodeURIComponent(told) : words.failed);
  });
  document.addEventListener("htmx:sendError", () => { offline(true); failed(words.failed); });
  // The button is free again, the page asks what has become of it.
  document.addEventListener("htmx:timeout", () => failed(words.unanswered));

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-signs-out]")) return;
    if (Drafts.isAny() && !confirm(words.drafts)) { event.preventDefault(); return; }
    Drafts.clear();
    for (const kind of ["sounded", "noticed"]) localStorage.removeItem(`helpo-${kind}:${body.dataset.staff}`);
  });
  tick();
  setInterval(tick, 1000);
  return { tick, notice, offline, announce, token, words, staff: body.dataset.staff };
})();
