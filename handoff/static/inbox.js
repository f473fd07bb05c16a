// The queue, live: swapped as a whole, the focus stays where it was.
"use strict";

(() => {
  const queue = document.getElementById("queue");
  const plainTitle = document.title;
  let count = Number(queue.dataset.count);
  let newest = queue.dataset.newest;
  let alarms = Number(queue.dataset.alarms);
  let blinking = 0;

  function markLongest() {
    const waiting = [...queue.querySelectorAll("[data-waits]")];
    if (waiting.length < 2) return;
    const longest = waiting.reduce((a, b) => (Date.parse(a.dataset.requested) <= Date.parse(b.dataset.requested) ? a : b));
    longest.classList.add("is-longest");
  }

  function setTitle() {
    document.title = count ? `(${count}) ${plainTitle}` : plainTitle;
  }

  const sound = document.getElementById("sound");
  let isLoud = localStorage.getItem("helpo-sound") === "on";
  let audio = null;
  function showSound() {
    sound.hidden = false;
    sound.setAttribute("aria-pressed", String(isLoud));
    sound.textContent = isLoud ? sound.dataset.on : sound.dataset.off;
  }
  function beep(times) {
    if (!isLoud) return;
    audio = audio || new AudioContext();
    for (let i = 0; i < times; i += 1) {
      const tone = audio.createOscillator();
      const gain = audio.createGain();
      const at = audio.currentTime + i * 0.25;
      tone.frequency.value = 880;
      gain.gain.setValueAtTime(0.15, at);
      gain.gain.exponentialRampToValueAtTime(0.001, at + 0.2);
      tone.connect(gain).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.2);
    }
  }
  sound.addEventListener("click", () => {
    isLoud = !isLoud;
    localStorage.setItem("helpo-sound", isLoud ? "on" : "off");
    showSound();
    beep(1);
  });

  function callAttention(times) {
    beep(times);
    if (!document.hidden) return;
    let isOn = false;
    clearInterval(blinking);
    blinking = setInterval(() => {
      isOn = !isOn;
      document.title = isOn ? `● ${plainTitle}` : `(${count}) ${plainTitle}`;
    }, 1000);
  }
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    clearInterval(blinking);
    setTitle();
  });

  function apply(board) {
    const focused = document.activeElement && queue.contains(document.activeElement) ? document.activeElement.id : "";
    queue.innerHTML = board.html;
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    const isNew = board.newest > newest || board.count > count;
    const isAlarm = board.alarms > alarms;
    ({ count, newest, alarms } = board);
    Helpo.tick(queue);
    markLongest();
    setTitle();
    if (isNew || isAlarm) callAttention(isAlarm ? 3 : 1);
  }

  markLongest();
  setTitle();
  showSound();
  Helpo.follow(() => queue.dataset.events, () => queue.dataset.list, apply);
})();
