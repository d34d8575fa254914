// Reports how the assistant loads in this browser, to the server. It is loaded async, like
// app.js, and every page works without it too.
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
  };
  document.readyState === "complete" ? complete() : addEventListener("load", complete);
}
