// The camera's window: shows the picture with an outline, asks the server what to do better, takes the photo.
const FRAME_WIDTH = 320;
const GOOD_IN_A_ROW = 3;
const PAUSE_MS = 80;

export class Camera {
  constructor(dialog, base) {
    this.dialog = dialog;
    this.base = base;
    for (const name of ["video", "svg", "img"]) this[name] = dialog.querySelector(`.finder ${name}`);
    for (const name of ["advice", "live", "review", "question"]) this[name] = dialog.querySelector(`[data-${name}]`);
    // The window takes the camera's own shape: what is seen is what is sent.
    this.video.addEventListener("loadedmetadata", () => {
      dialog.querySelector(".finder").style.aspectRatio = `${this.video.videoWidth} / ${this.video.videoHeight}`;
    });
    this.#press("shoot", () => this.#shoot());
    this.#press("close", () => dialog.close());
    this.#press("again", () => this.#live());
    this.#press("use", () => { this.chosen = this.photo; dialog.close(); });
  }

  // The photo that was taken and found good; null where the window was closed. Throws where there is no camera.
  async take(kind) {
    this.kind = kind;
    this.chosen = null;
    const own = kind === "selfie" || kind === "pose";
    this.stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: own ? "user" : "environment", width: { ideal: 1920 }, height: { ideal: 1440 } },
    });
    this.video.srcObject = this.stream;
    this.dialog.querySelector(".finder").classList.toggle("mirrored", own);
    this.svg.setAttribute("class", own ? "face" : "card");
    this.dialog.showModal();
    this.#live();
    await new Promise((resolve) => this.dialog.addEventListener("close", resolve, { once: true }));
    this.running = false;
    for (const track of this.stream.getTracks()) track.stop();
    return this.chosen;
  }

  #press(name, act) {
    this.dialog.querySelector(`[data-${name}]`).addEventListener("click", act);
  }

  #show(live) {
    this.img.hidden = live;
    this.live.hidden = !live;
    this.review.hidden = this.question.hidden = live;
    this.svg.style.display = live ? "" : "none";
  }

  #live() {
    this.#show(true);
    this.running = true;
    this.good = 0;
    this.#guide();
  }

  // One frame at a time: a slow line makes guidance slower, never late.
  async #guide() {
    const run = (this.run = Symbol("run"));
    while (this.running && this.run === run) {
      if (this.video.readyState >= 2) await this.#ask(run);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async #ask(run) {
    const frame = await this.#picture(FRAME_WIDTH / this.video.videoWidth, 0.7);
    const answer = await fetch(`${this.base}/guidance/${this.kind}`, { method: "POST", body: frame }).catch(() => null);
    if (!answer?.ok || !this.running || this.run !== run) return;
    const { code, ready } = await answer.json();
    const text = this.dialog.dataset[code.replace(/_(.)/g, (_, letter) => letter.toUpperCase())];
    if (this.advice.textContent !== text) this.advice.textContent = text;
    this.svg.classList.toggle("ready", ready);
    this.frames = (this.frames ?? 0) + 1;
    this.dialog.dataset.frames = this.frames;
    this.good = ready ? this.good + 1 : 0;
    if (this.good >= GOOD_IN_A_ROW) await this.#shoot();
  }

  async #shoot() {
    if (!this.running || this.video.readyState < 2) return;
    this.running = false;
    this.photo = await this.#picture(1, 0.92);
    URL.revokeObjectURL(this.img.src);
    this.img.src = URL.createObjectURL(this.photo);
    this.advice.textContent = "";
    this.#show(false);
    this.dialog.querySelector("[data-use]").focus();
  }

  #picture(ratio, quality) {
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(this.video.videoWidth * ratio);
    canvas.height = Math.round(this.video.videoHeight * ratio);
    canvas.getContext("2d").drawImage(this.video, 0, 0, canvas.width, canvas.height);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
  }
}
