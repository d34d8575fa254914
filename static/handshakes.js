// What this page's browser makes of the assistant, for the admins' list of
// handshakes; and that list, which follows what happens. Loaded async, like
// app.js, and as little needed.
{
  const { handshake, report } = document.currentScript.dataset;
  const state = { sdk: "", socket: "" };
  const blocked = new Set();

  // All of it, a moment later, or where the page is left before: a page that goes
  // well reports once.
  let pending;
  const send = () => {
    pending = clearTimeout(pending);
    const form = new URLSearchParams({ handshake, ...state });
    for (const directive of blocked) form.append("blocked", directive);
    navigator.sendBeacon(report, form);
  };
  const changed = () => (pending ??= setTimeout(send, 1000));
  addEventListener("pagehide", () => pending && send());
  const note = (what, word) => {
    if (state[what] === word) return;
    state[what] = word;
    changed();
  };

  // assistant.js, which was there before the vendor's script, knows how that fared.
  const sdk = () => document.documentElement.dataset.sdk && note("sdk", document.documentElement.dataset.sdk);
  document.addEventListener("assistant:sdk", sdk);
  sdk();

  const became = (socket) => {
    note("sdk", "loaded");
    if (socket !== "connecting") note("socket", socket);
  };
  document.addEventListener("caramelo:state", (event) => became(event.detail.state));
  document.addEventListener("securitypolicyviolation", (event) => {
    if (blocked.has(event.effectiveDirective)) return;
    blocked.add(event.effectiveDirective);
    changed();
  });

  // The page may have been ahead of this script.
  const complete = () => {
    const chat = document.querySelector("caramelo-sandbox-chat");
    if (chat) became(chat.dataset.state);
    follow();
  };

  // The list is fetched anew while somebody looks at it, but not forever: a
  // session ends by itself only where nothing asks for pages. It is left alone
  // where the focus or a selection is in it.
  const follow = () => {
    const list = document.querySelector("[data-live]");
    if (!list) return;
    const said = document.getElementById("handshakes-live");
    let touched = Date.now();
    let asking = false;
    for (const event of ["pointermove", "keydown", "scroll"]) addEventListener(event, () => (touched = Date.now()), { passive: true });
    const idle = () => Date.now() - touched > 15 * 60 * 1000;
    const inUse = () => list.contains(document.activeElement) || (!getSelection().isCollapsed && list.contains(getSelection().anchorNode));
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

  document.readyState === "complete" ? complete() : addEventListener("load", complete);
}
