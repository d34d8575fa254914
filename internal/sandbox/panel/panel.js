// Updates the lists of the page with those that the server renders. The form is left
// alone, so that a choice that was not applied yet is not lost.
const update = async () => {
  if (document.hidden) return;
  const answer = await fetch("/").catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const live of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(live.id);
    if (!fresh || live.innerHTML === fresh.innerHTML) continue;
    const focused = live.contains(document.activeElement);
    live.replaceChildren(...fresh.childNodes);
    if (focused) live.querySelector("[tabindex]")?.focus();
  }
};
setInterval(update, 1000);
