import { Camera } from "./camera.js";

const root = document.getElementById("steps");
const notice = root.querySelector("[data-notice]");
const steps = [...root.querySelectorAll("[data-step]")];
const camera = new Camera(document.getElementById("camera"), root.dataset.base);

function say(code) {
  notice.hidden = !code;
  notice.textContent = code ? notice.dataset[code] : "";
}

// What is wrong with a photo, as the server says it.
function complain({ message }) {
  say("failed");
  if (message) notice.textContent = message;
}

// The first step that is not done is the one to do; all done, the photos can be sent.
function proceed() {
  const current = steps.find((step) => !("done" in step.dataset));
  for (const step of steps) step.toggleAttribute("data-current", step === current);
  root.querySelector("[data-submit]").disabled = Boolean(current);
  (current?.querySelector("[data-camera]") ?? root.querySelector("[data-submit]")).focus();
}

async function send(step, photo) {
  const address = `${root.dataset.base}/captures/${step.dataset.step}`;
  let answer;
  try {
    answer = await fetch(address, { method: "PUT", body: photo });
  } catch {
    say("offline");
    await backOnline();
    return send(step, photo);
  }
  say("");
  if (!answer.ok) return complain(await answer.json().catch(() => ({})));
  mark(step, true);
  proceed();
}

function mark(step, done) {
  step.toggleAttribute("data-done", done);
  for (const name of ["done-mark", "redo"]) step.querySelector(`[data-${name}]`).hidden = !done;
}

function backOnline() {
  return new Promise((resolve) => {
    addEventListener("online", resolve, { once: true });
    setTimeout(resolve, 3000);
  });
}

async function shoot(step) {
  try {
    const photo = await camera.take(step.dataset.step);
    if (photo) await send(step, photo);
  } catch (error) {
    say(error.name === "NotFoundError" || !navigator.mediaDevices ? "noCamera" : "denied");
    step.querySelector("[data-file]").focus();
  }
}

for (const step of steps) {
  step.querySelector("[data-camera]").addEventListener("click", () => shoot(step));
  step.querySelector("[data-redo]").addEventListener("click", () => { mark(step, false); proceed(); });
  const file = step.querySelector("[data-file]");
  const chosen = () => file.files[0] && send(step, file.files[0]);
  file.addEventListener("change", chosen);
  chosen(); // on a slow line a photo may be chosen before this script is there
}
proceed();
