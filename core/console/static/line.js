// The one open line of a browser for all its tabs: held by a shared worker, by the tab that leads, or by a tab alone.
"use strict";

class OpenLine {
  // `tell(message)` reaches every page: {topic, change, watching, isWatched}, {beat}, {offline} or {ended}.
  constructor(tell) {
    this.tell = tell;
    this.pages = new Map();
    this.followed = new Set();
    this.source = null;
    this.opening = 0;
    this.openedAt = 0;
    this.heardAt = 0;
    this.isLooking = false;
    setInterval(() => this.watch(), 5000);
  }

  // What several pages follow, as a query: of two that show the same talk, the one further behind counts.
  static query(topics) {
    const merged = new Map();
    for (const { name, subject, version, also } of topics) {
      const key = subject ? `${name}:${subject}` : name;
      const known = merged.get(key);
      merged.set(key, {
        name,
        subject,
        version: known ? Math.min(known.version, version) : version,
        also: new Set([...(known ? known.also : []), ...also]),
      });
    }
    const query = new URLSearchParams();
    for (const { name, subject, version, also } of merged.values()) {
      query.append(name, subject ? [subject, version, ...also].join(".") : "");
    }
    return query.toString();
  }

  // A page says what it follows and whether it is looked at, or that it has gone.
  hear(page) {
    const isNew = !page.gone && !this.pages.has(page.id);
    if (page.gone) {
      if (this.pages.delete(page.id)) this.openIn(1500);
      return;
    }
    this.pages.set(page.id, { ...page, at: Date.now() });
    if (isNew) this.openIn(30);
  }

  topics() {
    // A tab that crashed says no goodbye; hidden ones speak at least once a minute.
    for (const [id, page] of this.pages) if (Date.now() - page.at > 150000) this.pages.delete(id);
    return [...this.pages.values()].flatMap((page) => page.topics);
  }

  openIn(ms) {
    clearTimeout(this.opening);
    this.opening = setTimeout(() => this.open(), ms);
  }

  close() {
    if (this.source) this.source.close();
    this.source = null;
  }

  open() {
    this.close();
    const topics = this.topics();
    if (!this.pages.size) return;
    const source = new EventSource(`/console/events?${OpenLine.query(topics)}`);
    this.source = source;
    this.openedAt = Date.now();
    const heard = () => { this.heardAt = Date.now(); this.tell({ offline: false }); };
    source.addEventListener("change", (event) => { heard(); this.pass(JSON.parse(event.data)); });
    source.addEventListener("beat", heard);
    source.addEventListener("ended", () => { this.close(); this.tell({ ended: true }); });
    // The browser would come back with what was known when the line was opened; what the pages know now is newer.
    source.onerror = () => {
      if (source !== this.source) return;
      this.close();
      this.openIn(2000);
      this.look();
    };
  }

  pass({ topic, change }) {
    const pages = [...this.pages.values()].filter((page) => page.isVisible);
    this.tell({ topic, change, watching: pages.map((page) => page.thread), isWatched: pages.length > 0 });
  }

  // Where no line comes through, ask.
  watch() {
    if (!this.pages.size) return;
    const now = Date.now();
    const silent = now - Math.max(this.heardAt, this.openedAt);
    if (silent < (this.heardAt >= this.openedAt ? 20000 : 5000)) return;
    this.look();
    if (now - this.openedAt > 30000) this.openIn(0);
  }

  async look() {
    if (this.isLooking || !this.pages.size) return;
    this.isLooking = true;
    try {
      const response = await fetch(`/console/look?${OpenLine.query(this.topics())}`, {
        headers: { Accept: "application/json" }, signal: AbortSignal.timeout(5000),
      });
      if (response.status === 401) { this.close(); clearTimeout(this.opening); this.tell({ ended: true }); return; }
      this.tell({ offline: !response.ok });
      if (response.ok) for (const found of await response.json()) this.pass(found);
    } catch { this.tell({ offline: true }); } finally { this.isLooking = false; }
  }
}

if (typeof SharedWorkerGlobalScope !== "undefined" && self instanceof SharedWorkerGlobalScope) {
  const ports = new Set();
  const line = new OpenLine((message) => { for (const port of ports) port.postMessage(message); });
  self.onconnect = (event) => {
    const port = event.ports[0];
    ports.add(port);
    port.onmessage = ({ data }) => {
      line.hear(data);
      if (data.gone) ports.delete(port);
    };
  };
}
