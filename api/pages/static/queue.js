import { listen, offerUndo } from "./keys.js";

listen({ z: offerUndo() });

async function renew() {
  if (document.hidden) return;
  const answer = await fetch("/console/counters").catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  for (const [name, count] of Object.entries(await answer.json())) {
    const place = document.querySelector(`[data-count="${name}"]`);
    if (place) place.textContent = count;
  }
}

setInterval(renew, 5000);
