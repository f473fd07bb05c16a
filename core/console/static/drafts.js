// What was typed and not sent: kept in this browser for a day, for its author only, until it is sent or she signs out.
"use strict";

const Drafts = (() => {
  const DAY_MS = 86400000;
  const ALL = "helpo-draft:";
  const own = `${ALL}${document.body.dataset.staff}:`;
  const memory = new Map(); // where a browser keeps nothing, the page does

  function keys(prefix) {
    let kept = [];
    try { kept = Object.keys(localStorage); } catch { /* in memory only */ }
    return [...new Set([...kept, ...memory.keys()])].filter((key) => key.startsWith(prefix));
  }
  function load(key) {
    if (memory.has(key)) return memory.get(key);
    try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
  }
  function drop(key) {
    memory.delete(key);
    try { localStorage.removeItem(key); } catch { /* it was only in memory */ }
  }

  const read = (name) => load(own + name)?.value ?? null;
  function write(name, value) {
    drop(own + name);
    if (!value || value.length === 0) return;
    const kept = { at: Date.now(), value };
    try { localStorage.setItem(own + name, JSON.stringify(kept)); } catch { memory.set(own + name, kept); }
  }

  for (const key of keys(ALL)) if (!(Date.now() - load(key)?.at < DAY_MS)) drop(key);
  return {
    read,
    write,
    names: (prefix) => keys(own + prefix).map((key) => key.slice(own.length)),
    isAny: () => keys(own).length > 0,
    clear: () => keys(own).forEach(drop),
    // Another tab has sent or changed something.
    onChange: (name, act) => addEventListener("storage", (event) => { if (event.key === own + name) act(); }),
  };
})();
