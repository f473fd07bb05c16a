// The sheet behind 「＋」: place, picture, sticker.

import { el, toast } from "./dom.js";

const STICKERS = ["ありがとう", "お願いします", "わかりました", "つらいです"];

export function drawSheet(places, send) {
  const sheet = el("div", { class: "sheet", hidden: true });
  sheet.append(placeForm(places, send), pictureForm(send), stickerRow(send));
  return sheet;
}

function placeForm(places, send) {
  const choice = el("select", { "aria-label": "地区" });
  choice.append(...places.map((place, position) => el("option", { value: position }, place.name)));
  choice.append(el("option", { value: "own" }, "緯度・経度を入力"));
  const latitude = el("input", { type: "number", step: "any", "aria-label": "緯度", placeholder: "緯度 37.05" });
  const longitude = el("input", { type: "number", step: "any", "aria-label": "経度", placeholder: "経度 140.88" });
  const own = el("span", { class: "degrees", hidden: true }, latitude, longitude);
  choice.addEventListener("change", () => { own.hidden = choice.value !== "own"; });
  const submit = (event) => {
    event.preventDefault();
    if (choice.value === "own") {
      if (!latitude.value || !longitude.value) return toast("緯度と経度を入れてください");
      return send({ type: "location", title: "指定した場所", latitude: Number(latitude.value), longitude: Number(longitude.value) });
    }
    const place = places[Number(choice.value)];
    return send({ type: "location", title: `${place.name}地区`, address: place.address, latitude: place.latitude, longitude: place.longitude });
  };
  return el("form", { class: "sheet-row", onsubmit: submit }, el("span", { class: "sheet-name" }, "位置情報"), choice, own, el("button", { type: "submit" }, "送る"));
}

function pictureForm(send) {
  const input = el("input", { type: "file", accept: "image/*,audio/*,video/*,.pdf", multiple: true, class: "unseen" });
  input.addEventListener("change", async () => {
    const files = [...input.files];
    input.value = "";
    if (!files.length) return;
    if (files.length > 1 && files.every((file) => file.type.startsWith("image/"))) {
      send({ type: "image", images: await Promise.all(files.map(encoded)) });
    } else for (const file of files) send(await fileMessage(file));
  });
  const sample = el("button", { type: "button", onclick: () => send({ type: "image", data: samplePicture() }) }, "見本の写真を送る");
  return el("div", { class: "sheet-row" }, el("span", { class: "sheet-name" }, "写真"), el("label", { class: "file" }, input, "写真・ファイルをえらぶ"), sample);
}

async function fileMessage(file) {
  const kind = ["image", "audio", "video"].find((name) => file.type.startsWith(`${name}/`)) || "file";
  return { type: kind, data: await encoded(file), contentType: file.type || undefined, fileName: file.name };
}

function encoded(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

// A drawn packet of tablets: nothing that could be a real person's picture.
function samplePicture() {
  const canvas = el("canvas", { width: 480, height: 360 });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#dfe7ee";
  pen.fillRect(0, 0, 480, 360);
  pen.fillStyle = "#f7f9fb";
  pen.strokeStyle = "#8294a6";
  pen.lineWidth = 3;
  pen.beginPath();
  pen.roundRect(60, 70, 360, 220, 18);
  pen.fill();
  pen.stroke();
  for (let column = 0; column < 4; column += 1) {
    for (let line = 0; line < 2; line += 1) {
      pen.fillStyle = "#c9d4de";
      pen.beginPath();
      pen.ellipse(120 + column * 80, 150 + line * 70, 30, 22, 0, 0, Math.PI * 2);
      pen.fill();
      pen.fillStyle = "#fdfdfd";
      pen.beginPath();
      pen.ellipse(120 + column * 80, 148 + line * 70, 20, 13, 0, 0, Math.PI * 2);
      pen.fill();
    }
  }
  pen.fillStyle = "#32475b";
  pen.font = "bold 22px sans-serif";
  pen.fillText("デモ錠（見本の写真）", 130, 110);
  return canvas.toDataURL("image/png");
}

function stickerRow(send) {
  const row = el("div", { class: "sheet-row" }, el("span", { class: "sheet-name" }, "スタンプ"));
  STICKERS.forEach((words, position) => {
    const message = { type: "sticker", packageId: "446", stickerId: String(1988 + position), stickerResourceType: "MESSAGE", keywords: [words], text: words };
    row.append(el("button", { type: "button", class: "chip", onclick: () => send(message) }, words));
  });
  return row;
}
