// A page's share of the browser's one open line.
"use strict";

const Live = (() => {
  const { staff, line: lineUrl } = document.body.dataset;
  const id = Helpo.token();
  const followed = new Map();
  const SILENT_MS = 40000;
  let send = () => {};
  let heardAt = Date.now();
  let isAlone = false;
  let hasEnded = false;
  let thread = "";

  const standing = () => [...followed.values()].map(({ name, subject, stands }) => ({ name, subject, ...stands() }));
  const hello = () => send({ id, topics: standing(), isVisible: !document.hidden, thread });

  // `apply(change, {watching, isWatched})`; `stands()` tells how far this page is: {version, also}.
  function follow(name, apply, { subject = "", stands = () => ({ version: 0, also: [] }) } = {}) {
    followed.set(subject ? `${name}:${subject}` : name, { name, subject, stands, apply });
    if (name === "talk") thread = subject;
  }

  function receive(message) {
    heardAt = Date.now();
    if (message.asks) return hello();
    if (message.ended) return leave();
    if ("offline" in message) return Helpo.offline(message.offline);
    const topic = followed.get(message.topic);
    if (!topic) return undefined;
    topic.apply(message.change, message);
    return topic.subject ? hello() : undefined;
  }

  // The session is over: the page leads to the sign-in and back. What was typed is kept by drafts.js.
  function leave() {
    if (hasEnded) return;
    hasEnded = true;
    location.reload();
  }

  function throughWorker() {
    const worker = new SharedWorker(lineUrl, { name: `helpo-${staff}` });
    worker.onerror = alone;
    worker.port.onmessage = ({ data }) => { if (!isAlone) receive(data); };
    send = (message) => worker.port.postMessage(message);
  }

  // One tab holds the lock, and with it the line; when it closes, the next one leads.
  function throughLeader() {
    const channel = new BroadcastChannel(`helpo-${staff}`);
    let line = null;
    channel.onmessage = ({ data }) => {
      if (data.page) line?.hear(data.page);
      else if (!isAlone) receive(data);
    };
    send = (page) => { if (line) line.hear(page); else channel.postMessage({ page }); };
    navigator.locks.request(`helpo-${staff}`, () => new Promise(() => {
      const tell = (message) => { channel.postMessage(message); if (!isAlone) receive(message); };
      line = new OpenLine(tell);
      addEventListener("pagehide", () => line.close());
      tell({ asks: true });
    }));
  }

  // Neither: a line of its own while somebody looks at the page, none while it is hidden.
  function alone() {
    if (isAlone) return;
    isAlone = true;
    const line = new OpenLine(receive);
    send = (message) => line.hear(message.isVisible ? message : { id, gone: true });
    addEventListener("pagehide", () => line.close());
    hello();
  }

  // Ask now, by this page itself: after one's own action nothing else is as fast or as sure.
  async function refresh() {
    try {
      const response = await fetch(`/console/look?${OpenLine.query(standing())}`, {
        headers: { Accept: "application/json" }, signal: AbortSignal.timeout(5000),
      });
      if (response.status === 401) return leave();
      if (response.ok) for (const { topic, change } of await response.json()) receive({ topic, change, watching: [], isWatched: !document.hidden });
    } catch { /* the line brings it, or says that it is broken */ }
    return undefined;
  }

  function start() {
    if (!staff) return;
    if ("SharedWorker" in window) throughWorker();
    else if ("BroadcastChannel" in window && navigator.locks) throughLeader();
    else alone();
    hello();
    setInterval(hello, 25000);
    setInterval(() => { if (!document.hidden && Date.now() - heardAt > SILENT_MS) alone(); }, 10000);
    document.addEventListener("visibilitychange", () => { heardAt = Date.now(); hello(); });
    document.addEventListener("talk-changed", refresh);
    addEventListener("pagehide", () => send({ id, gone: true }));
    addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  }
  document.addEventListener("DOMContentLoaded", start);
  return { follow, refresh };
})();
