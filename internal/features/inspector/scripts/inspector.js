// The list of handshakes follows what happens. Loaded async, like app.js, and as
// little needed.
{
  // The list is fetched anew while somebody looks at it, but not forever: a
  // session ends by itself only where nothing asks for pages. It is left alone
  // where the focus or a selection is in it.
  const follow = () => {
    const list = document.querySelector("[data-live]");
    if (!list) return;
    const said = document.getElementById("handshakes-live");
    let touched = Date.now();
    let asking = false;
    for (const event of ["pointermove", "keydown", "scroll"]) {
      addEventListener(event, () => (touched = Date.now()), { passive: true });
    }
    const idle = () => Date.now() - touched > 15 * 60 * 1000;
    const selected = () => !getSelection().isCollapsed && list.contains(getSelection().anchorNode);
    const inUse = () => list.contains(document.activeElement) || selected();
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
