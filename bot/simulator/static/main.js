// The page: who is shown, and what the feed says.

import { api } from "./api.js";
import { el, toast } from "./dom.js";
import { openFaults, showFigures } from "./faults.js";
import { Phone } from "./phone.js";

const phones = new Map();
const people = new Map();
const unread = new Map();
let shown = [];
let expected = null; // just added: shown as soon as the feed knows them
let places = [];

const narrow = window.matchMedia("(max-width: 759px)");
const room = () => (narrow.matches ? 1 : Math.max(1, Math.floor(window.innerWidth / 360)));

function arrange() {
  shown = shown.filter((id) => people.has(id)).slice(-room());
  for (const id of people.keys()) if (shown.length < room() && !shown.includes(id)) shown.push(id);
  for (const [id, phone] of phones) {
    if (shown.includes(id)) continue;
    phone.watcher.disconnect();
    phone.node.remove();
    phones.delete(id);
  }
  const main = document.getElementById("phones");
  [...people.keys()].filter((id) => shown.includes(id)).forEach((id, position) => {
    if (!phones.has(id)) phones.set(id, new Phone(people.get(id), places));
    unread.delete(id);
    const node = phones.get(id).node;
    if (main.children[position] !== node) main.insertBefore(node, main.children[position] || null);
  });
  drawPeople();
}

function drawPeople() {
  const nav = document.getElementById("people");
  nav.hidden = people.size <= room();
  nav.replaceChildren(...[...people.values()].map((resident) => {
    const waiting = unread.get(resident.user_id);
    const mark = waiting ? el("span", { class: "unread", "aria-label": `新しいメッセージ${waiting}件` }, waiting) : null;
    const select = () => { shown = [...shown.filter((id) => id !== resident.user_id), resident.user_id]; arrange(); };
    return el("button", { type: "button", class: "person", "aria-pressed": String(shown.includes(resident.user_id)), onclick: select }, resident.name, mark);
  }));
}

const react = {
  message(id, seen) {
    const phone = phones.get(id);
    if (phone) phone.add(seen);
    else if (seen.from !== "resident" && people.has(id)) { unread.set(id, (unread.get(id) || 0) + 1); drawPeople(); }
  },
  loading: (id, what) => phones.get(id)?.showLoading(what.seconds),
  read: (id, what) => phones.get(id)?.markRead(what.up_to),
  unsent: (id, what) => phones.get(id)?.change(what.seq, { unsent: true }),
  resident(id, resident) {
    const isNew = !people.has(id);
    if (id === expected) shown.push(id);
    people.set(id, resident);
    phones.get(id)?.update(resident);
    if (isNew) arrange();
    else phones.get(id)?.refresh();
  },
  menu: () => { for (const phone of phones.values()) phone.refresh(); },
};

async function follow(last) {
  for (;;) {
    try {
      const news = await api.feed(last);
      if (news.reset) return window.location.reload();
      last = news.last;
      for (const entry of news.entries) react[entry.kind]?.(entry.user_id, entry.what);
      await showFigures();
    } catch {
      toast("シミュレーターとの接続が切れました。つなぎ直しています。");
      await new Promise((resolve) => { setTimeout(resolve, 2000); });
    }
  }
}

async function openAdd() {
  const { channels } = await api.setup();
  document.getElementById("add-municipality").append(...channels.map((channel) => el("option", { value: channel.municipality }, channel.name)));
  const dialog = document.getElementById("add");
  document.getElementById("open-add").addEventListener("click", () => { dialog.returnValue = ""; dialog.showModal(); });
  dialog.addEventListener("close", async () => {
    if (dialog.returnValue !== "add") return;
    const made = await api.add(document.getElementById("add-name").value.trim(), document.getElementById("add-municipality").value);
    if (people.has(made.user_id)) shown.push(made.user_id);
    else expected = made.user_id;
    arrange();
  });
}

async function start() {
  places = (await api.places()).places;
  await api.makeDemo();
  const { residents, feed } = await api.residents();
  for (const resident of residents) people.set(resident.user_id, resident);
  arrange();
  openFaults();
  await openAdd();
  await showFigures();
  window.addEventListener("resize", arrange);
  await follow(feed);
}

start();
