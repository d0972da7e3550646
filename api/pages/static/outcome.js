const shown = document.querySelector("[data-state]");

async function look() {
  const answer = await fetch(`${shown.dataset.base}/state`).catch(() => null);
  if (answer?.ok && (await answer.json()).state !== shown.dataset.state) location.reload();
}

if (shown.dataset.state === "processing") setInterval(look, 1500);
