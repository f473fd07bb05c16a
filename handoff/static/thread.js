// A talk, live: lines are put in or replaced by their id, the desk only when what one can do has changed.
"use strict";

(() => {
  const bench = document.getElementById("bench");
  const lines = document.getElementById("lines");
  const head = document.getElementById("head");
  const desk = document.getElementById("desk");
  const summary = document.getElementById("summary");
  let summarised = summary.innerHTML.trim();
  const base = `/console/threads/${bench.dataset.thread}`;
  const draftKey = `draft:${bench.dataset.thread}`;
  let version = Number(bench.dataset.version);

  const isAtEnd = () => innerHeight + scrollY > document.documentElement.scrollHeight - 160;
  const toEnd = () => scrollTo(0, document.documentElement.scrollHeight);
  // Who reads the newest words keeps seeing them while pictures load and lines come in.
  let sticks = !("history" in bench.dataset);
  addEventListener("scroll", () => { sticks = isAtEnd(); }, { passive: true });
  new ResizeObserver(() => { if (sticks) toEnd(); }).observe(lines);

  function token() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  }

  function prepareDesk() {
    const text = document.getElementById("text");
    if (!text) return;
    text.value = text.value || sessionStorage.getItem(draftKey) || "";
    text.addEventListener("input", () => sessionStorage.setItem(draftKey, text.value));
    text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
        event.preventDefault();
        text.form.requestSubmit();
      }
    });
    const picture = text.form.elements.picture;
    const label = picture.closest("label").querySelector("span");
    const empty = label.textContent;
    picture.addEventListener("change", () => {
      label.textContent = picture.files.length ? picture.files[0].name : empty;
    });
    text.form.addEventListener("reset", () => { label.textContent = empty; });
  }

  // Only what is on the screen counts as read.
  async function markRead() {
    if (document.hidden || !document.getElementById("reply")) return;
    const csrf = desk.querySelector("[name=csrf]").value;
    try { await fetch(`${base}/read`, { method: "POST", headers: { "X-CSRF-Token": csrf, Accept: "text/plain" } }); } catch { /* said again with the next message */ }
  }

  function apply(change) {
    let isHeard = false;
    for (const line of change.lines) {
      const old = document.getElementById(`u-${line.id}`);
      const item = document.createElement("li");
      item.id = `u-${line.id}`;
      item.innerHTML = line.html;
      if (old) old.replaceWith(item);
      else if (!("history" in bench.dataset)) {
        lines.append(item);
        isHeard = isHeard || line.speaker === "resident";
      }
    }
    version = Math.max(version, change.version);
    if (head.innerHTML.trim() !== change.head.trim()) { head.innerHTML = change.head; htmx.process(head); Helpo.tick(head); }
    if (summarised !== change.summary.trim()) { summarised = change.summary.trim(); summary.innerHTML = change.summary; }
    if (desk.dataset.state !== change.state) {
      desk.dataset.state = change.state;
      desk.innerHTML = change.desk;
      htmx.process(desk);
      prepareDesk();
      document.getElementById("text")?.focus();
      markRead();
    }
    if (isHeard) markRead();
  }

  const unsettled = () => [...lines.querySelectorAll("[data-unsettled]")].map((e) => e.dataset.unsettled).join(",");
  const ask = () => `${base}/changes?after=${version}&also=${unsettled()}`;

  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (!event.detail.successful || !form.matches("form")) return;
    if (form.id === "reply" || "resets" in form.dataset) {
      form.reset();
      form.elements.submission.value = token();
      if (form.id === "reply") { sessionStorage.removeItem(draftKey); form.elements.text.focus(); sticks = true; toEnd(); }
    }
  });
  document.addEventListener("visibilitychange", markRead);

  prepareDesk();
  markRead();
  if (sticks) toEnd();
  const fetchNow = Helpo.follow(() => `${base}/events?after=${version}`, ask, apply);
  document.addEventListener("talk-changed", fetchNow);
})();
