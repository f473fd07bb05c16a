// What every page does: waiting times that grow, short notices, an open line that heals itself.
"use strict";

const Helpo = (() => {
  const body = document.body;
  // The server's clock counts, whatever this machine's says.
  const offset = Date.parse(body.dataset.now) - Date.now();
  const MINUTE = 60000;

  function spell(minutes) {
    if (minutes < 1) return body.dataset.unit;
    if (minutes < 60) return minutes + body.dataset.minute;
    return Math.floor(minutes / 60) + body.dataset.hour + (minutes % 60) + body.dataset.minute;
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
  function notice(words) {
    const box = document.getElementById("notice");
    box.textContent = words;
    box.hidden = false;
    clearTimeout(hiding);
    hiding = setTimeout(() => { box.hidden = true; }, 8000);
  }

  function offline(isOff) {
    document.getElementById("offline").hidden = !isOff;
  }

  // Server-sent events; when nothing is heard for 20 s, ask every 15 s until the line is back.
  function follow(eventsUrl, ask, apply) {
    let source = null;
    let heardAt = Date.now();
    let reopening = 0;
    const heard = () => { heardAt = Date.now(); offline(false); };
    // A browser comes back by itself after a broken line, but not after a refusal: the pages may be restarting.
    function refused() {
      if (source.readyState !== EventSource.CLOSED) return;
      clearTimeout(reopening);
      reopening = setTimeout(open, 2000);
      if (Date.now() - heardAt > 3000) offline(true);
    }
    function open() {
      clearTimeout(reopening);
      if (source) source.close();
      source = new EventSource(eventsUrl());
      source.onerror = refused;
      source.addEventListener("change", (event) => { heard(); apply(JSON.parse(event.data)); });
      source.addEventListener("beat", heard);
      source.addEventListener("ended", () => location.reload());
      source.onopen = heard;
    }
    async function fetchNow() {
      try {
        const response = await fetch(ask(), { headers: { Accept: "application/json" } });
        if (response.status === 401) return location.reload();
        if (!response.ok) return offline(true);
        offline(false);
        apply(await response.json());
      } catch { offline(true); }
    }
    open();
    setInterval(() => {
      if (Date.now() - heardAt < 20000) return;
      fetchNow();
      open();
    }, 15000);
    addEventListener("pagehide", () => source.close());
    addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
    return fetchNow;
  }

  document.addEventListener("htmx:responseError", (event) => {
    const words = event.detail.xhr.getResponseHeader("X-Helpo-Message");
    notice(words ? decodeURIComponent(words) : body.dataset.failed);
    document.dispatchEvent(new Event("talk-changed"));
  });
  document.addEventListener("htmx:sendError", () => { offline(true); notice(body.dataset.failed); });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-signs-out]")) sessionStorage.clear();
  });
  tick();
  setInterval(tick, 1000);
  return { tick, notice, follow };
})();
