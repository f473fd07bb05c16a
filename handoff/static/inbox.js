// The queue, live: swapped as a whole, the focus stays where it was.
"use strict";

(() => {
  const queue = document.getElementById("queue");
  let shown = "";

  function markLongest() {
    const waiting = [...queue.querySelectorAll("[data-waits]")];
    if (waiting.length < 2) return;
    const longest = waiting.reduce((a, b) => (Date.parse(a.dataset.requested) <= Date.parse(b.dataset.requested) ? a : b));
    longest.classList.add("is-longest");
  }

  function apply(board) {
    if (board.html === shown) return;
    shown = board.html;
    const focused = document.activeElement && queue.contains(document.activeElement) ? document.activeElement.id : "";
    queue.innerHTML = board.html;
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    Helpo.tick(queue);
    markLongest();
  }

  markLongest();
  Live.follow("inbox", apply);
})();
