import { listen, offerUndo } from "./keys.js";
import { showLocalTimes } from "./times.js";

const faces = document.querySelector("[data-faces]");
const view = { zoom: 1, x: 0, y: 0, brightness: 1 };
const zoom = faces.querySelector("[data-zoom]");
const brightness = faces.querySelector("[data-brightness]");
const blinkButton = faces.querySelector("[data-blink]");
let blinking = null;

// Every face moves with every other, so that one always compares the same part.
function show() {
  const reach = (view.zoom - 1) * 50;
  view.x = Math.max(-reach, Math.min(reach, view.x));
  view.y = Math.max(-reach, Math.min(reach, view.y));
  for (const image of faces.querySelectorAll(".lens img")) {
    image.style.transform = `translate(${view.x}%, ${view.y}%) scale(${view.zoom})`;
    image.style.filter = `brightness(${view.brightness})`;
  }
}

zoom.addEventListener("input", () => { view.zoom = Number(zoom.value); show(); });
brightness.addEventListener("input", () => { view.brightness = Number(brightness.value); show(); });
faces.querySelector("[data-reset]").addEventListener("click", () => {
  Object.assign(view, { zoom: 1, x: 0, y: 0, brightness: 1 });
  zoom.value = brightness.value = 1;
  show();
});
for (const lens of faces.querySelectorAll(".lens")) {
  lens.addEventListener("pointerdown", (event) => lens.setPointerCapture(event.pointerId));
  lens.addEventListener("pointermove", (event) => {
    if (!lens.hasPointerCapture(event.pointerId)) return;
    view.x += (event.movementX / lens.clientWidth) * 100;
    view.y += (event.movementY / lens.clientHeight) * 100;
    show();
  });
  lens.addEventListener("wheel", (event) => {
    event.preventDefault();
    view.zoom = Math.max(1, Math.min(5, view.zoom * (event.deltaY < 0 ? 1.1 : 0.9)));
    zoom.value = view.zoom;
    show();
  }, { passive: false });
}

function blink() {
  const [a, b] = ["selfie", "card_portrait"].map((kind) => faces.querySelector(`[data-kind=${kind}] img`));
  if (!a || !b) return;
  if (blinking) {
    clearInterval(blinking.timer);
    a.src = blinking.src;
    blinking = null;
  } else {
    const sources = [a.src, b.src];
    let turn = 0;
    blinking = { src: a.src, timer: setInterval(() => { a.src = sources[++turn % 2]; }, 600) };
  }
  blinkButton.setAttribute("aria-pressed", String(blinking !== null));
}

blinkButton.addEventListener("click", blink);

for (const button of document.querySelectorAll("[data-opens]"))
  button.addEventListener("click", () => document.getElementById(button.dataset.opens).showModal());
for (const button of document.querySelectorAll("[data-closes]"))
  button.addEventListener("click", () => button.closest("dialog").close());

// While the page is open its agent keeps the case.
const claim = document.querySelector("[data-claim][data-mine]");
if (claim) setInterval(() => fetch(claim.action, { method: "POST", body: new FormData(claim) }), 120000);

listen({ z: offerUndo(), k: blink });

// A template is put into the message, where it can still be changed.
for (const choice of document.querySelectorAll("[data-template]"))
  choice.addEventListener("change", () => { choice.closest("form").elements.message.value = choice.value; });

// Times are the agent's own: written by the browser, read with its distance from UTC.
for (const offset of document.querySelectorAll("[data-offset]")) offset.value = new Date().getTimezoneOffset();
showLocalTimes();

// One still picture of a window that the agent chooses, such as the call's.
async function captureCall(form) {
  const stream = await navigator.mediaDevices.getDisplayMedia({ video: true });
  const video = document.createElement("video");
  video.srcObject = stream;
  await video.play();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  canvas.getContext("2d").drawImage(video, 0, 0);
  for (const track of stream.getTracks()) track.stop();
  const file = new File([await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92))], "call.jpg");
  const chosen = new DataTransfer();
  chosen.items.add(file);
  form.elements.image.files = chosen.files;
  form.requestSubmit();
}

const frame = document.querySelector("[data-frame]");
if (frame && navigator.mediaDevices?.getDisplayMedia) {
  const button = frame.querySelector("[data-capture-call]");
  button.hidden = false;
  button.addEventListener("click", () => captureCall(frame).catch(() => {}));
}
