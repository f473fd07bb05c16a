// A talk, live: lines are put in or replaced by their id, the desk only when what one can do has changed.
"use strict";

(() => {
  const bench = document.getElementById("bench");
  const lines = document.getElementById("lines");
  const head = document.getElementById("head");
  const desk = document.getElementById("desk");
  const summary = document.getElementById("summary");
  const thread = bench.dataset.thread;
  const isHistory = "history" in bench.dataset;
  const words = document.getElementById("outgoing").dataset;
  let summarised = summary.innerHTML.trim();
  let version = Number(bench.dataset.version);

  const isAtEnd = () => innerHeight + scrollY > document.documentElement.scrollHeight - 160;
  const toEnd = () => scrollTo(0, document.documentElement.scrollHeight);
  // Who reads the newest words keeps seeing them while pictures load and lines come in.
  let sticks = !isHistory;
  addEventListener("scroll", () => { sticks = isAtEnd(); }, { passive: true });
  const follower = new ResizeObserver(() => { if (sticks) toEnd(); });
  for (const part of [lines, desk.parentElement, document.body]) follower.observe(part);

  const formOf = (kind) => desk.querySelector(`form[data-keeps=${kind}]`);
  const draftOf = (kind) => `${kind}:${thread}`;
  const outgoing = Outgoing.of(thread, { box: document.getElementById("outgoing"), words, onRewrite: takeBack });

  // Words that were not sent stand before what was written since.
  function takeBack(item, file) {
    const form = formOf(item.kind);
    if (!form) return false;
    const { text, picture } = form.elements;
    text.value = [item.text, text.value].filter(Boolean).join("\n");
    if (file && picture && !picture.files.length) choose(picture, file);
    const fold = form.closest("details");
    if (fold) fold.open = true;
    text.dispatchEvent(new Event("input", { bubbles: true }));
    text.focus();
    return true;
  }

  function choose(input, file) {
    const held = new DataTransfer();
    held.items.add(file);
    input.files = held.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function prepare(kind) {
    const form = formOf(kind);
    if (!form) return;
    const { text, picture } = form.elements;
    const unsent = form.querySelector(".unsent-draft");
    text.value = text.value || Drafts.read(draftOf(kind)) || "";
    unsent.hidden = !text.value;
    if (text.value && form.closest("details")) form.closest("details").open = true;
    text.addEventListener("input", () => {
      Drafts.write(draftOf(kind), text.value);
      if (!text.value) unsent.hidden = true;
    });
    text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    if (picture) preparePicture(picture, unsent);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const file = picture?.files[0];
      if (!text.value.trim() && !file) return text.focus();
      outgoing.add(kind, text.value, file);
      form.reset();
      Drafts.write(draftOf(kind), "");
      if (picture) Drafts.write(draftOf("picture"), "");
      unsent.hidden = true;
      text.focus();
      if (kind === "reply") { sticks = true; toEnd(); }
      return undefined;
    });
  }

  // A browser gives no file back after a reload: its name is kept, to choose it again.
  function preparePicture(picture, unsent) {
    const label = picture.closest("label").querySelector("span");
    const empty = label.textContent;
    const lost = picture.files.length ? "" : Drafts.read(draftOf("picture"));
    const note = picture.form.querySelector(".lost-picture");
    if (lost) {
      note.textContent = words.pictureLost.replace("{name}", lost);
      unsent.hidden = false;
    }
    note.hidden = !lost;
    picture.addEventListener("change", () => {
      const [file] = picture.files;
      label.textContent = file ? file.name : empty;
      note.hidden = true;
      Drafts.write(draftOf("picture"), file ? file.name : "");
    });
    picture.form.addEventListener("reset", () => { label.textContent = empty; note.hidden = true; });
  }

  function prepareDesk() {
    prepare("reply");
    prepare("note");
    const kept = document.getElementById("kept");
    const draft = formOf("reply") ? "" : Drafts.read(draftOf("reply")) || "";
    kept.hidden = !draft;
    kept.querySelector("q").textContent = draft;
  }

  // A colleague has acted: what can be done is another, what is half written stays.
  function redraw(html) {
    const active = desk.contains(document.activeElement) ? document.activeElement : null;
    const at = active?.form && active.name ? [active.form.dataset.keeps, active.name, active.selectionStart, active.selectionEnd] : null;
    const file = formOf("reply")?.elements.picture.files[0];
    const open = [...desk.querySelectorAll("details[open]")].map((fold) => fold.dataset.fold);
    const outcome = desk.querySelector("[name=outcome]:checked")?.value;
    desk.innerHTML = html;
    htmx.process(desk);
    for (const fold of desk.querySelectorAll("details")) fold.open = open.includes(fold.dataset.fold);
    const again = outcome && desk.querySelector(`[name=outcome][value="${outcome}"]`);
    if (again) again.checked = true;
    prepareDesk();
    if (file && formOf("reply")) choose(formOf("reply").elements.picture, file);
    const field = at && at[0] ? formOf(at[0])?.elements[at[1]] : active && document.getElementById("text");
    field?.focus();
    if (field && at && field.setSelectionRange && at[2] !== null) field.setSelectionRange(at[2], at[3]);
  }

  // Only what is on the screen counts as read.
  async function markRead() {
    if (document.hidden || !formOf("reply")) return;
    const csrf = desk.querySelector("[name=csrf]").value;
    try { await fetch(`/console/threads/${thread}/read`, { method: "POST", headers: { "X-CSRF-Token": csrf, Accept: "text/plain" } }); } catch { /* said again with the next message */ }
  }

  function put(line) {
    const old = document.getElementById(`u-${line.id}`);
    if (!old && isHistory) return null;
    const item = document.createElement("li");
    item.id = `u-${line.id}`;
    item.innerHTML = line.html;
    if (old) old.replaceWith(item);
    else lines.append(item);
    return old ? null : item;
  }

  function apply(change) {
    if (change.version < version) return; // an answer that was overtaken
    version = change.version;
    const heard = change.lines.filter((line) => put(line) && line.speaker === "resident");
    if (head.innerHTML.trim() !== change.head.trim()) { head.innerHTML = change.head; htmx.process(head); Helpo.tick(head); }
    if (summarised !== change.summary.trim()) { summarised = change.summary.trim(); summary.innerHTML = change.summary; }
    if (desk.dataset.state !== change.state) {
      desk.dataset.state = change.state;
      redraw(change.desk);
      markRead();
    }
    if (!heard.length) return;
    markRead();
    const last = document.querySelector(`#u-${heard.at(-1).id} .under time`);
    Helpo.announce(`${words.arrived}　${last ? last.textContent : ""}`);
  }

  const unsettled = () => [...lines.querySelectorAll("[data-unsettled]")].map((e) => Number(e.dataset.unsettled)).slice(-50);
  document.getElementById("kept").querySelector("button").addEventListener("click", (event) => {
    if (!confirm(words.dropSure)) return;
    Drafts.write(draftOf("reply"), "");
    event.target.parentElement.hidden = true;
  });
  document.addEventListener("visibilitychange", markRead);
  prepareDesk();
  markRead();
  if (sticks) toEnd();
  Live.follow("talk", apply, { subject: thread, stands: () => ({ version, also: unsettled() }) });
})();
