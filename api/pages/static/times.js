// Shows times as the reader's own clock does.
export function showLocalTimes() {
  const style = { dateStyle: "medium", timeStyle: "short" };
  for (const time of document.querySelectorAll("time[data-local]"))
    time.textContent = new Date(time.dateTime).toLocaleString(document.documentElement.lang, style);
}
