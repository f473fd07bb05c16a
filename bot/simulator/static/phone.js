// One phone: the chat of one resident.

import { api } from "./api.js";
import { drawSeen } from "./bubbles.js";
import { el, toast } from "./dom.js";
import { drawSheet } from "./sheet.js";

export class Phone {
  constructor(resident, places) {
    this.resident = resident;
    this.seen = new Map();
    this.loadingUntil = 0;
    this.chipsHidden = false;
    this.atEnd = true;
    this.node = this.draw(places);
    this.log.addEventListener("scroll", () => { this.atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 40; });
    // Chips, pictures and the keyboard change the height after a message was added: stay at its end.
    const watcher = new ResizeObserver(() => this.scroll());
    watcher.observe(this.log);
    this.watcher = watcher;
    this.refresh();
  }

  get id() { return this.resident.user_id; }

  draw(places) {
    this.log = el("ol", { class: "log", role: "log", "aria-label": `${this.resident.name}さんのトーク`, tabindex: "0" });
    this.dots = el("p", { class: "dots", hidden: true, "aria-label": "返事を用意しています" }, el("i"), el("i"), el("i"));
    this.chips = el("div", { class: "chips", role: "group", "aria-label": "返事の候補" });
    this.menu = el("div", { class: "menu" });
    this.menuToggle = el("button", { type: "button", class: "round", "aria-expanded": "true", "aria-label": "メニューを開く・閉じる", onclick: () => this.toggleMenu() }, "≡");
    this.sheet = drawSheet(places, (body) => this.send(body));
    this.plus = el("button", { type: "button", class: "round", "aria-expanded": "false", "aria-label": "位置情報・写真・スタンプ", onclick: () => this.toggleSheet() }, "＋");
    this.input = el("textarea", { rows: 1, "aria-label": "メッセージ", placeholder: "メッセージ" });
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.sendText(); }
    });
    this.composer = el("form", { class: "composer", onsubmit: (event) => { event.preventDefault(); this.sendText(); } }, this.menuToggle, this.plus, this.input, el("button", { type: "submit", class: "send" }, "送信"));
    this.block = el("button", { type: "button", class: "quiet small", onclick: () => this.toggleBlock() });
    this.blocked = el("p", { class: "blocked", hidden: true }, "このアカウントをブロックしています");
    const owner = el("p", { class: "owner" }, `${this.resident.name} さんの画面`);
    const head = el("div", { class: "head" }, el("h2", {}, this.resident.channel_name), this.block);
    return el("section", { class: "phone", "aria-label": `${this.resident.name}さんのスマートフォン`, "data-user": this.id }, owner, head, this.log, this.dots, this.chips, this.blocked, this.sheet, this.composer, this.menu);
  }

  async refresh() {
    const [messages, menu] = await Promise.all([api.messages(this.id), api.menu(this.id)]);
    for (const seen of messages) this.seen.set(seen.seq, seen);
    this.log.replaceChildren(...[...this.seen.values()].sort((a, b) => a.seq - b.seq).map((seen) => this.drawSeen(seen)));
    this.drawMenu(menu);
    this.drawState();
  }

  drawSeen(seen) {
    return drawSeen(seen, { tap: (body, action) => this.tap(body, action), unsend: (own) => this.send({ type: "unsend", message_id: own.message_id }) });
  }

  add(seen) {
    if (this.seen.has(seen.seq)) return;
    this.seen.set(seen.seq, seen);
    const row = this.drawSeen(seen);
    for (const image of row.querySelectorAll("img")) image.addEventListener("load", () => this.scroll());
    this.atEnd = true;
    this.log.append(row);
    if (seen.from !== "resident") { this.loadingUntil = 0; this.chipsHidden = false; } else this.chipsHidden = true;
    this.drawState();
  }

  change(seq, what) {
    const seen = this.seen.get(seq);
    if (!seen) return;
    Object.assign(seen, what);
    const row = this.log.querySelector(`[data-seq="${seq}"]`);
    if (row) row.replaceWith(this.drawSeen(seen));
  }

  markRead(upTo) {
    for (const seen of this.seen.values()) if (seen.from === "resident" && seen.seq <= upTo && !seen.read) this.change(seen.seq, { read: true });
  }

  showLoading(seconds) {
    this.loadingUntil = Date.now() + seconds * 1000;
    setTimeout(() => this.drawState(), seconds * 1000 + 50);
    this.drawState();
  }

  update(resident) {
    this.resident = resident;
    this.drawState();
  }

  drawState() {
    this.dots.hidden = Date.now() >= this.loadingUntil;
    this.block.textContent = this.resident.following ? "ブロック" : "ブロック解除";
    this.blocked.hidden = this.resident.following;
    this.node.classList.toggle("is-blocked", !this.resident.following);
    this.drawChips();
    this.scroll();
  }

  scroll() {
    if (this.atEnd) this.log.scrollTop = this.log.scrollHeight;
  }

  drawChips() {
    const received = [...this.seen.values()].filter((seen) => seen.from !== "resident").sort((a, b) => b.seq - a.seq)[0];
    const items = received && !this.chipsHidden ? (received.message.quickReply || {}).items || [] : [];
    this.chips.replaceChildren(...items.map(({ action }) => el("button", { type: "button", class: "chip", onclick: () => this.tap({ label: action.label, seq: received.seq, data: action.data }, action) }, action.label)));
    this.chips.hidden = items.length === 0;
  }

  drawMenu(menu) {
    this.menu.replaceChildren();
    this.menu.className = menu.image ? "menu picture-menu" : "menu";
    if (menu.image) this.menu.append(el("img", { src: menu.image, alt: "" }));
    menu.actions.forEach((action, position) => {
      const tile = el("button", { type: "button", class: "tile", onclick: () => this.tap({ label: action.label, data: action.data, menu: true }, action) }, action.label);
      if (menu.image) {
        const bounds = menu.bounds[position];
        const share = (part, whole) => `${(100 * part) / whole}%`;
        Object.assign(tile.style, { left: share(bounds.x, menu.size.width), top: share(bounds.y, menu.size.height), width: share(bounds.width, menu.size.width), height: share(bounds.height, menu.size.height) });
        tile.setAttribute("aria-label", action.label);
        tile.textContent = "";
      }
      this.menu.append(tile);
    });
  }

  async send(body) {
    this.toggleSheet(false);
    try {
      return await api.act(this.id, body);
    } catch (error) {
      toast(`できませんでした（${error.message}）`);
      return null;
    }
  }

  async sendText() {
    const text = this.input.value.trim();
    if (!text) return;
    this.input.value = "";
    await this.send({ type: "text", text });
  }

  async tap(body, action) {
    if (action.type === "datetimepicker") return this.pick(body, action);
    const done = await this.send({ type: "tap", ...body });
    if (!done) return undefined;
    if (action.type === "postback" && !action.displayText) toast(`「${body.label}」を押しました`);
    if (done.expects) this.toggleSheet(true);
    if (done.clipboard) toast(`コピーしました：${done.clipboard}`);
    if (done.uri && done.uri.startsWith("http")) window.open(done.uri, "_blank", "noopener");
    else if (done.uri) toast(done.uri);
    if (done.fill_in) { this.input.value = done.fill_in; this.input.focus(); }
    return done;
  }

  pick(body, action) {
    const type = action.mode === "datetime" ? "datetime-local" : action.mode;
    const input = el("input", { type, value: (action.initial || "").replace("t", "T"), min: action.min, max: action.max, "aria-label": body.label });
    const box = el("dialog", {}, el("form", { method: "dialog" }, el("h2", {}, body.label), input, el("div", { class: "dialog-buttons" }, el("button", { value: "cancel", class: "quiet" }, "やめる"), el("button", { value: "ok" }, "決める"))));
    box.addEventListener("close", () => {
      if (box.returnValue === "ok" && input.value) this.send({ type: "tap", ...body, params: { [action.mode]: input.value } });
      box.remove();
    });
    this.node.append(box);
    box.showModal();
  }

  toggleBlock() { this.send({ type: this.resident.following ? "unfollow" : "follow" }); }

  toggleSheet(open = this.sheet.hidden) {
    this.sheet.hidden = !open;
    this.plus.setAttribute("aria-expanded", String(open));
    this.node.classList.toggle("sheet-open", open);
    if (open) this.sheet.querySelector("select").focus();
  }

  toggleMenu() {
    this.menu.hidden = !this.menu.hidden;
    this.menuToggle.setAttribute("aria-expanded", String(!this.menu.hidden));
    this.toggleSheet(false);
  }
}
