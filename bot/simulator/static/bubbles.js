// Draws one message of any kind.

import { clock, el, toast } from "./dom.js";
import { drawFlex } from "./flex.js";

const CARRIED = {
  reply: ["返信・無料", "free"],
  push: ["プッシュ・有料", "billed"],
  multicast: ["一斉送信・有料", "billed"],
  broadcast: ["全員へ・有料", "billed"],
  narrowcast: ["絞り込み・有料", "billed"],
};

// What happens to a tap inside the message `seen`; `tap` sends it on.
export function tappableOf(seen, tap) {
  const press = (action) => {
    if (action.type === "uri") openLink(action.uri);
    else tap({ label: action.label || "", seq: seen.seq, data: action.data, text: action.type === "message" ? action.text : undefined }, action);
  };
  return {
    button(action, name) {
      return el("button", { type: "button", class: name, onclick: () => press(action) }, action.label || "");
    },
    wrap(drawn, action) {
      if (!action) return drawn;
      drawn.classList.add("tappable");
      drawn.tabIndex = 0;
      drawn.setAttribute("role", "button");
      if (action.label) drawn.setAttribute("aria-label", action.label);
      const go = (event) => { event.stopPropagation(); press(action.label ? action : { ...action, label: drawn.innerText.trim() }); };
      drawn.addEventListener("click", go);
      drawn.addEventListener("keydown", (event) => { if (event.key === "Enter") go(event); });
      return drawn;
    },
  };
}

function openLink(uri) {
  if (uri.startsWith("http")) window.open(uri, "_blank", "noopener");
  else if (uri.startsWith("tel:")) toast(`電話の画面がひらきます：${uri.slice(4)}（ここでは発信しません）`);
  else toast(`ひらく：${uri}`);
}

export function drawSeen(seen, hands) {
  const own = seen.from === "resident";
  const row = el("li", { class: own ? "row own" : "row", "data-seq": seen.seq });
  if (seen.unsent) {
    row.className = "row gone";
    row.append(el("span", {}, "送信を取り消しました"));
    return row;
  }
  const body = el("div", { class: "body" }, content(seen.message, tappableOf(seen, hands.tap), seen));
  const meta = el("div", { class: "meta" });
  if (own) {
    meta.append(el("span", { class: "read" }, seen.read ? "既読" : ""), el("time", {}, clock(seen.at)));
    meta.append(el("button", { type: "button", class: "unsend", onclick: () => hands.unsend(seen) }, "取消"));
  } else {
    const [words, kind] = CARRIED[seen.sent_by] || [seen.sent_by, ""];
    meta.append(el("span", { class: `carried ${kind}` }, words), el("time", {}, clock(seen.at)));
  }
  row.append(body, meta);
  return row;
}

function content(message, tappable, seen) {
  switch (message.type) {
    case "text": return el("div", { class: "bubble" }, message.text);
    case "textV2": return el("div", { class: "bubble" }, seen.text);
    case "image": return picture(message);
    case "audio": return el("audio", { class: "media", src: message.url || message.originalContentUrl, controls: true });
    case "video": return el("video", { class: "media", src: message.url || message.originalContentUrl, controls: true });
    case "file": return el("a", { class: "bubble", href: message.url, download: message.fileName }, `ファイル：${message.fileName}`);
    case "location": return location(message);
    case "sticker": return el("div", { class: "sticker" }, message.text || "スタンプ");
    case "template": return template(message.template, tappable);
    case "flex": return drawFlex(message.contents, tappable);
    case "imagemap": return el("div", { class: "bubble" }, message.altText);
    default: return el("div", { class: "bubble" }, `［${message.type}］`);
  }
}

function picture(message) {
  const source = message.url || message.previewImageUrl;
  const link = el("a", { href: message.url || message.originalContentUrl, target: "_blank", rel: "noopener" });
  link.append(el("img", { class: "picture", src: source, alt: "写真" }));
  return link;
}

function location(message) {
  const place = `${message.latitude.toFixed(4)}, ${message.longitude.toFixed(4)}`;
  return el("div", { class: "bubble place" }, el("strong", {}, message.title || "位置情報"), el("span", {}, message.address || ""), el("small", {}, place));
}

function template(template, tappable) {
  if (template.type === "carousel" || template.type === "image_carousel") {
    const strip = el("div", { class: "carousel", tabindex: "0", role: "group", "aria-label": "横にならんだカード" });
    strip.append(...template.columns.map((column) => (template.type === "carousel" ? panel(column, tappable) : imageColumn(column, tappable))));
    return strip;
  }
  return panel(template, tappable);
}

function panel(part, tappable) {
  const card = el("div", { class: "template" });
  if (part.thumbnailImageUrl) card.append(el("img", { src: part.thumbnailImageUrl, alt: "" }));
  const words = el("div", { class: "template-words" }, part.title && el("strong", {}, part.title), el("p", {}, part.text));
  card.append(tappable.wrap(words, part.defaultAction));
  card.append(el("div", { class: "template-actions" }, (part.actions || []).map((action) => tappable.button(action, "template-button"))));
  return card;
}

function imageColumn(column, tappable) {
  const card = el("div", { class: "template" }, el("img", { src: column.imageUrl, alt: "" }));
  card.append(tappable.button(column.action, "template-button"));
  return card;
}
