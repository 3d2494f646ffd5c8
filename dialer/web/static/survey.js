// Keeps the page current: asks for it again and puts the new figures in place of the old.
"use strict";

const EVERY_MS = 5000;
const state = document.getElementById("state");

function say(isLive) {
  state.className = isLive ? "live" : "away";
  state.textContent = isLive ? state.dataset.live : state.dataset.away;
}

async function refresh() {
  const reply = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(EVERY_MS * 4) });
  if (!reply.ok) throw new Error(`status ${reply.status}`);
  const fresh = new DOMParser().parseFromString(await reply.text(), "text/html").getElementById("live");
  document.getElementById("live").replaceWith(document.adoptNode(fresh));
}

async function keepCurrent() {
  if (document.visibilityState === "visible") {
    try {
      await refresh();
      say(true);
    } catch {
      say(false);
    }
  }
  setTimeout(keepCurrent, EVERY_MS);
}

say(true);
setTimeout(keepCurrent, EVERY_MS);
