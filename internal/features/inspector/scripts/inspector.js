// Updates the list of handshakes while it is open. It is loaded async, like app.js, and
// the list works without it too.
{
  // The list is fetched again while somebody looks at it. This ends after 15 minutes without
  // activity, so that a forgotten page asks nothing. The list is not replaced while it holds
  // the focus or a selection.
  const follow = () => {
    const list = document.querySelector("[data-live]");
    if (!list) return;
    const said = document.getElementById("handshakes-live");
    let touched = Date.now();
    let asking = false;
    const touch = () => (touched = Date.now());
    for (const event of ["pointermove", "keydown", "scroll"]) addEventListener(event, touch, { passive: true });
    const idle = () => Date.now() - touched > 15 * 60 * 1000;
    const holdsFocus = () => list.contains(document.activeElement);
    const holdsSelection = () => !getSelection().isCollapsed && list.contains(getSelection().anchorNode);
    const inUse = () => holdsFocus() || holdsSelection();
    said.hidden = false;
    setInterval(async () => {
      if (idle()) said.hidden = true;
      if (idle() || asking || document.hidden || inUse()) return;
      asking = true;
      const answer = await fetch(list.dataset.live, { redirect: "error" }).catch(() => null);
      const text = answer?.ok && (await answer.text().catch(() => ""));
      asking = false;
      said.hidden = !text;
      if (!text || inUse()) return;
      const page = new DOMParser().parseFromString(text, "text/html");
      list.replaceChildren(...page.body.childNodes);
    }, 2000);
  };

  document.readyState === "complete" ? follow() : addEventListener("load", follow);
}
