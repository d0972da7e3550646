import { showLocalTimes } from "./times.js";

// How often to ask whether something has happened, by what is waited for.
const SECONDS = { processing: 1.5, in_review: 10, video_call: 10 };
const shown = document.querySelector("[data-state]");

async function look() {
  if (document.hidden) return;
  const answer = await fetch(`${shown.dataset.base}/state`).catch(() => null);
  if (answer?.ok && (await answer.json()).state !== shown.dataset.state) location.reload();
}

showLocalTimes();
if (SECONDS[shown.dataset.state]) setInterval(look, SECONDS[shown.dataset.state] * 1000);
