// The panel that makes the stand-in misbehave, and the figures in the bar.

import { api } from "./api.js";
import { el, toast } from "./dom.js";

const FAULTS = [
  ["返信を500で断る（3回）", { path: "message/reply", status: 500, times: 3 }],
  ["プッシュを429で断る（3回）", { path: "message/push", status: 429, body: { message: "The API rate limit has been exceeded. Try again later." }, times: 3 }],
  ["返信の答えを失う（1回）", { path: "message/reply", lose_answer: true, times: 1 }],
  ["すべて3秒おくらせる", { path: "*", delay_s: 3 }],
  ["すべて401で断る", { path: "*", status: 401 }],
  ["配送を順不同にする", { reorder: true }],
  ["二重に届ける", { duplicate: 1 }],
  ["あとでもう一度届ける", { redeliver: 1 }],
  ["今月の上限に達した", { quota: 0 }],
];

export function openFaults() {
  const panel = document.getElementById("faults");
  const opener = document.getElementById("open-faults");
  opener.addEventListener("click", () => {
    panel.hidden = !panel.hidden;
    opener.setAttribute("aria-expanded", String(!panel.hidden));
    if (!panel.hidden) api.faults().then(show);
  });
  const run = (work) => () => work().then(show).catch((error) => toast(error.message));
  document.getElementById("fault-buttons").append(
    ...FAULTS.map(([words, script]) => el("button", { type: "button", class: "quiet", onclick: run(() => api.addFault(script)) }, words)),
    el("button", { type: "button", onclick: run(api.clearFaults) }, "すべて元にもどす"),
  );
}

function show(state) {
  const parts = state.calls.map((fault) => `${fault.path}：${describe(fault)}${fault.times === null ? "" : `（あと${fault.times}回）`}`);
  if (state.reorder) parts.push("順不同");
  if (state.duplicate.more) parts.push("二重配送");
  if (state.redeliver.more) parts.push("再配送");
  if (state.quota !== null) parts.push(`今月の上限 ${state.quota}通`);
  document.getElementById("fault-state").textContent = parts.length ? `いま：${parts.join(" ／ ")}` : "いま：障害はありません";
}

function describe(fault) {
  if (fault.never) return "答えない";
  if (fault.lose_answer) return "答えを失う";
  if (fault.status) return `${fault.status}で断る`;
  return `${fault.delay_s}秒おくれ`;
}

export async function showFigures() {
  const figures = await api.counters();
  const billed = Object.values(figures.billed).reduce((sum, count) => sum + count, 0);
  const violations = Object.values(figures.violation_counts).reduce((sum, count) => sum + count, 0);
  document.getElementById("count-reply").textContent = figures.sent.reply || 0;
  document.getElementById("count-billed").textContent = billed;
  document.getElementById("count-pending").textContent = figures.webhooks.pending;
  document.getElementById("count-violations").textContent = violations;
}
