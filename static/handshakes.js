// Reports how the assistant loads in this browser, for the admins' list of handshakes, and
// updates that list while it is open. It is loaded async, like app.js, and every page
// works without it too.
{
  const { handshake, report } = document.currentScript.dataset;
  const state = { sdk: "", socket: "" };
  const blocked = new Set();

  // The whole state is sent a second after a change, or earlier if the page is left. If all
  // goes well, a page sends one report.
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

  // assistant.js knows how the vendor's script loaded, because it was there before.
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

  // The chat may have started before this script.
  const complete = () => {
    const chat = document.querySelector("caramelo-sandbox-chat");
    if (chat) became(chat.dataset.state);
    follow();
  };

  // The list is fetched again while somebody looks at it. This ends after 15 minutes without
  // activity, because each request keeps the session alive. The list is not replaced while
  // it holds the focus or a selection.
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

  document.readyState === "complete" ? complete() : addEventListener("load", complete);
}
