// Replies and notes on their way: each with a number of its own, shown until the server has said that it has them.
"use strict";

const Outgoing = (() => {
  const LATE_MS = 5000;
  const BYTES_A_MS = 100; // what a slow line carries: a picture is given time
  const SHOWN_AFTER_MS = 400;
  const SETTLES_MS = 60000;
  const csrf = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRF-Token"];

  // `box` shows what is on its way, if the page has one; `onRewrite(item)` takes the words back into the form.
  function of(thread, { box = null, words = {}, onRewrite = () => false } = {}) {
    const name = `outgoing:${thread}`;
    const files = new Map();
    const flying = new Map();
    let items = Drafts.read(name) || [];

    const keep = () => { Drafts.write(name, items); draw(); };
    const find = (key) => items.find((item) => item.key === key);

    function add(kind, text, file) {
      const isBehind = items.some((item) => item.kind === kind);
      const item = { key: Helpo.token(), kind, text, picture: file ? file.name : "", at: Date.now(), state: isBehind ? "behind" : "sending" };
      if (file) files.set(item.key, file);
      items.push(item);
      keep();
      if (isBehind) setTimeout(draw, SHOWN_AFTER_MS);
      else send(item);
    }

    function put(key, state, told = "") {
      const item = find(key);
      if (!item) return;
      Object.assign(item, { state, told });
      keep();
    }

    async function send(item) {
      flying.get(item.key)?.abort();
      const ending = new AbortController();
      flying.set(item.key, ending);
      put(item.key, "sending");
      setTimeout(draw, SHOWN_AFTER_MS);
      const file = files.get(item.key);
      const late = setTimeout(() => put(item.key, "late"), LATE_MS + (file ? file.size / BYTES_A_MS : 0));
      const form = new FormData();
      form.append("submission", item.key);
      form.append("text", item.text);
      if (file) form.append("picture", file, file.name);
      try {
        const response = await fetch(`/console/threads/${thread}/${item.kind}`, {
          method: "POST", body: form, keepalive: !file, signal: ending.signal,
          headers: { "X-CSRF-Token": csrf, "HX-Request": "true", "HX-Current-URL": location.href },
        });
        if (flying.get(item.key) !== ending) return;
        answered(item, response);
      } catch { if (flying.get(item.key) === ending) put(item.key, "late"); } finally { clearTimeout(late); }
    }

    function answered(item, response) {
      if (response.ok) return arrived(item);
      const told = response.headers.get("X-Helpo-Message");
      put(item.key, "unsent", told ? decodeURIComponent(told) : "");
      document.dispatchEvent(new Event("talk-changed"));
      const signIn = response.headers.get("HX-Redirect");
      if (signIn) location.assign(signIn);
      return undefined;
    }

    function arrived({ key, kind }) {
      forget(key);
      document.dispatchEvent(new Event("talk-changed"));
      const next = items.find((item) => item.kind === kind);
      if (next && next.state === "behind") send(next);
    }

    function forget(key) {
      items = items.filter((item) => item.key !== key);
      files.delete(key);
      flying.delete(key);
      keep();
    }

    function drop(item) {
      if (!confirm(words.dropSure)) return;
      takeOut(item);
    }

    function rewrite(item) {
      if (onRewrite(item, files.get(item.key))) takeOut(item);
      else Helpo.notice(words.noForm);
    }

    // What was to follow it is not sent by itself: it may no longer make sense.
    function takeOut({ key, kind }) {
      flying.get(key)?.abort();
      for (const item of items) if (item.kind === kind && item.state === "behind") item.state = "unsent";
      forget(key);
    }

    function draw() {
      if (!box) return;
      const shown = items.filter((item) => item.state !== "sending" || Date.now() - item.at >= SHOWN_AFTER_MS - 20);
      box.replaceChildren(...shown.map(drawn));
    }

    function drawn(item) {
      const row = document.createElement("li");
      row.dataset.state = item.state;
      const said = document.createElement("p");
      said.className = "words";
      said.textContent = [item.kind === "note" ? `${words.noteWord}：` : "", item.text, item.picture ? `［${item.picture}］` : ""].join("");
      const state = document.createElement("p");
      state.className = "state";
      if (item.state !== "sending") state.setAttribute("role", "status");
      const isLost = item.picture && !files.has(item.key);
      const told = { sending: words.sending, behind: words.behind, late: words.notSent, unsent: words.unsure }[item.state];
      state.textContent = [told, item.told, isLost ? words.pictureLost.replace("{name}", item.picture) : ""].filter(Boolean).join("　");
      row.append(said, state);
      if (item.state === "late" || item.state === "unsent") {
        if (!isLost) row.append(button(words.retry, () => send(item)));
        row.append(button(words.rewrite, () => rewrite(item)), button(words.drop, () => drop(item)));
      }
      return row;
    }

    function button(text, act) {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = text;
      made.addEventListener("click", act);
      return made;
    }

    // A page that was left while it sent: what was sent just now is asked for again under its number, which the server
    // takes once; what is older waits for its author.
    for (const item of items) {
      const isRecent = item.state === "sending" && !item.picture && Date.now() - item.at < SETTLES_MS;
      if (isRecent) send(item);
      else item.state = "unsent";
    }
    draw();
    Drafts.onChange(name, () => { items = Drafts.read(name) || []; draw(); });
    return { add };
  }

  return { of };
})();

if (document.body.classList.contains("inbox")) {
  for (const name of Drafts.names("outgoing:")) Outgoing.of(name.slice("outgoing:".length));
}
