// What waits, on every page: title, icon, banner, sound and notification. The server decides what rings.
"use strict";

(() => {
  const { words, staff } = Helpo;
  const plainTitle = document.title;
  const icon = document.querySelector("link[rel=icon]");
  const banner = document.getElementById("banner");
  const sound = document.getElementById("sound");
  const permit = document.getElementById("notify");
  const isList = document.body.classList.contains("inbox");
  const hidden = new Set(); // banners of ordinary calls that were closed
  let waits = { calls: [], count: 0, urgent: 0, title: "" };
  let isFirst = true;
  let known = new Set();

  // What has rung in this browser, whichever tab it was.
  const recall = (kind) => { try { return JSON.parse(localStorage.getItem(`helpo-${kind}:${staff}`)) || []; } catch { return []; } };
  function remember(kind, rings) {
    try { localStorage.setItem(`helpo-${kind}:${staff}`, JSON.stringify([...recall(kind), ...rings].slice(-300))); } catch { /* it rings again */ }
  }
  // Of `calls` those that have not rung yet; of two tabs that ask at once, one gets them.
  async function take(kind, calls) {
    const pick = () => {
      const rung = new Set(recall(kind));
      const fresh = calls.filter((call) => !rung.has(call.ring));
      if (fresh.length) remember(kind, fresh.map((call) => call.ring));
      return fresh;
    };
    return navigator.locks ? navigator.locks.request("helpo-ring", pick) : pick();
  }

  let audio = null;
  const isWanted = () => { try { return localStorage.getItem("helpo-sound") !== "off"; } catch { return true; } };
  const isAudible = () => isWanted() && audio?.state === "running";
  function showSound() {
    sound.hidden = false;
    const state = !isWanted() ? "off" : isAudible() ? "on" : "blocked";
    sound.dataset.state = state;
    sound.setAttribute("aria-pressed", String(isWanted()));
    sound.textContent = words[`sound_${state}`];
  }
  function wake() {
    if (!isWanted() || isAudible()) return;
    if (!audio) {
      audio = new AudioContext();
      audio.onstatechange = () => { if (isAudible()) remember("sounded", quiet()); showSound(); };
    }
    audio.resume().catch(() => {});
  }
  // What has been on the screen in silence is not made up for; what is urgent rings on.
  const quiet = () => waits.calls.filter((call) => !call.is_urgent && call.ring).map((call) => call.ring);
  function play(notes) {
    notes.forEach((pitch, i) => {
      const tone = audio.createOscillator();
      const gain = audio.createGain();
      const at = audio.currentTime + i * 0.22;
      tone.frequency.value = pitch;
      gain.gain.setValueAtTime(0.25, at);
      gain.gain.exponentialRampToValueAtTime(0.001, at + 0.2);
      tone.connect(gain).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.2);
    });
  }
  const ORDINARY = [660, 880];
  const URGENT = [1047, 784, 1047, 784, 1047, 784];

  async function sing(ringing) {
    if (!isAudible()) return;
    const fresh = await take("sounded", ringing);
    if (!fresh.length) return;
    const isUrgent = fresh.some((call) => call.is_urgent);
    play(isUrgent ? URGENT : ORDINARY);
    sound.dataset.played = String(Number(sound.dataset.played || 0) + 1);
    sound.dataset.last = isUrgent ? "urgent" : "ordinary";
  }

  const address = (call) => call.page;
  async function notify(ringing) {
    if (!("Notification" in window) || Notification.permission !== "granted") return;
    for (const call of await take("noticed", ringing)) {
      try {
        const note = new Notification("HELPO", { body: call.text, tag: call.mark, requireInteraction: call.is_urgent });
        note.onclick = () => { window.focus(); location.assign(address(call)); };
      } catch { return; /* phones notify through service workers only */ }
    }
  }

  function showPermit() {
    permit.hidden = !("Notification" in window) || Notification.permission !== "default";
  }

  function showBanner(isShown) {
    const shown = waits.calls.filter(isShown);
    const [first] = shown;
    banner.hidden = !first;
    if (!first) return;
    banner.classList.toggle("urgent", first.is_urgent);
    const link = banner.querySelector("a");
    link.href = address(first);
    if (link.textContent !== first.text) link.textContent = first.text;
    banner.querySelector("span").textContent = shown.length > 1 ? words.more.replace("{count}", shown.length - 1) : "";
    banner.querySelector("button").hidden = first.is_urgent;
  }

  function apply(found, { watching = [], isWatched = !document.hidden } = {}) {
    waits = found;
    const here = document.getElementById("bench")?.dataset.thread;
    document.title = waits.title + plainTitle;
    icon.href = waits.urgent ? icon.dataset.urgent : waits.count ? icon.dataset.waiting : icon.dataset.plain;
    if (navigator.setAppBadge) (waits.count ? navigator.setAppBadge(waits.count) : navigator.clearAppBadge()).catch(() => {});
    // What was there when the page was opened is no news on it; a talk on the screen needs no banner to itself.
    if (isFirst) for (const call of waits.calls) if (!call.is_urgent) hidden.add(call.mark);
    const isNews = (call) => call.is_urgent ? call.ring : !hidden.has(call.mark) && !isList;
    showBanner((call) => call.thread !== here && isNews(call));
    const isSeen = (call) => call.why !== "alarm" && (watching.includes(call.thread) || (call.thread === here && !document.hidden));
    const ringing = waits.calls.filter((call) => call.ring && !isSeen(call));
    if (!isFirst) {
      const arrived = ringing.filter((call) => !known.has(call.mark));
      if (arrived.length) Helpo.announce(arrived.map((call) => call.text).join("、"));
    }
    known = new Set(waits.calls.map((call) => call.mark));
    isFirst = false;
    sing(ringing);
    if (!isWatched) notify(ringing);
  }

  // What sticks to the top of a page sticks below the banner.
  function makeRoom() {
    document.documentElement.style.setProperty("--banner", `${banner.offsetHeight}px`);
  }

  if (!sound || !document.body.dataset.topics.split(" ").includes("waits")) return;
  sound.addEventListener("click", () => {
    const isBlocked = isWanted() && !isAudible();
    if (!isBlocked) localStorage.setItem("helpo-sound", isWanted() ? "off" : "on");
    wake();
    showSound();
    if (isWanted()) audio.resume().then(() => { showSound(); play(ORDINARY); }, () => {});
  });
  permit.addEventListener("click", async () => {
    const answer = await Notification.requestPermission();
    Helpo.notice(answer === "granted" ? words.notified : words.not_notified);
    showPermit();
  });
  banner.querySelector("button").addEventListener("click", () => {
    for (const call of waits.calls) hidden.add(call.mark);
    banner.hidden = true;
  });
  for (const gesture of ["click", "keydown", "touchend"]) document.addEventListener(gesture, wake, true);
  addEventListener("storage", (event) => { if (event.key === "helpo-sound") { wake(); showSound(); } });
  wake();
  showSound();
  showPermit();
  new ResizeObserver(makeRoom).observe(banner);
  Live.follow("waits", apply);
})();
