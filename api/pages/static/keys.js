// Keys of a page: an element with data-key="a" is pressed by the key a, wherever no text is being typed.
export function listen(extra = {}) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const act = extra[event.key];
    const button = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!act && !button) return;
    event.preventDefault();
    if (act) act();
    else button.click();
  });
}

// A field of a dialog that was just closed keeps the focus until the next frame, though nobody can type into it.
function typing(element) {
  const field = element.closest("input:not([type=range]), textarea, select, [contenteditable]");
  return field !== null && field.checkVisibility();
}

// A decision can be taken back until its seconds are over.
export function offerUndo() {
  const form = document.querySelector("[data-undo]");
  for (const each of document.querySelectorAll("[data-undo][data-seconds]"))
    setTimeout(() => each.remove(), Number(each.dataset.seconds) * 1000);
  return () => form?.isConnected && form.requestSubmit();
}
