// What this page's browser makes of the assistant, for whoever looks after it.
// Loaded async, like app.js, and as little needed.
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
  };
  document.readyState === "complete" ? complete() : addEventListener("load", complete);
}
