// The lists follow what happens. The server renders them either way; what is
// being chosen in the form stays as it is.
const follow = async () => {
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
setInterval(follow, 1000);
