// Notices about the assistant: that the vendor's script did not load, or that the page has
// been open for so long that its token is too old for a new connection. This script comes
// before the page's tail, so that it sees the tail's events, and runs while the page still
// waits for the token.
{
  const scriptPatience = 8_000; // ms for the vendor's script
  const unknownLifetime = 30 * 60_000; // ms; the vendor does not say how long a token is valid
  const away = 60_000; // ms for which the page was hidden, or the computer asleep, before the chat is checked
  const grace = 10_000; // ms that the chat then has to connect again

  let state = ""; // the state that the chat reports; empty if it reports none
  let life = Infinity; // ms that the token has from its arrival on

  const now = () => [Date.now(), performance.now()];
  let arrived = now(); // when the token did

  const show = (id) => {
    if (document.getElementById(id)) return;
    // The region is added before its text: screen readers announce only what changes in it.
    const region = document.createElement("div");
    region.id = id;
    region.className = "assistant-notice";
    region.setAttribute("role", "status");
    document.body.append(region);
    region.append(document.getElementById("template-" + id).content.cloneNode(true));
  };
  const hide = (id) => document.getElementById(id)?.remove();

  // The vendor's script may be refused, too slow, or broken. Other scripts are somebody
  // else's, such as a browser extension's: it is the first one of the body that has the
  // page's nonce and an address.
  const { nonce } = document.currentScript;
  const vendors = () => [...document.querySelectorAll("body > script[src]")].find((e) => e.nonce === nonce);
  const isVendors = (e) => e instanceof HTMLScriptElement && e === vendors();
  let loaded = false;
  let broken = false;
  const tell = (how) => {
    document.documentElement.dataset.sdk = how; // for reports.js, which may come later
    document.dispatchEvent(new CustomEvent("assistant:sdk"));
  };
  const fared = (well) => {
    loaded = true;
    tell(well ? "loaded" : "failed");
    if (well || state) hide("assistant-unavailable");
    else show("assistant-unavailable");
  };
  // On the document, because the load event of a script does not reach the window.
  document.addEventListener("load", (event) => isVendors(event.target) && fared(!broken), true);
  // Browsers report an error in a script of another origin without the name of the script.
  // While the script runs for the first time, it is the current one.
  const isOfVendors = ({ filename }) => {
    if (isVendors(document.currentScript)) return true;
    return filename.startsWith(vendors() ? new URL("/", vendors().src) : "//");
  };
  const onError = (event) => {
    if (isVendors(event.target)) fared(false);
    else if (event instanceof ErrorEvent && !loaded && isOfVendors(event)) broken = true;
  };
  addEventListener("error", onError, true);
  new MutationObserver((_, observer) => {
    if (typeof carameloaiChatbot === "undefined") return;
    observer.disconnect();
    setTimeout(() => {
      if (loaded) return;
      tell("slow");
      show("assistant-unavailable");
    }, scriptPatience);
    // Counted by the server: this computer's clock may be wrong.
    life = document.querySelector("[data-token-life]")?.dataset.tokenLife * 1000 || unknownLifetime;
    arrived = now();
  }).observe(document.body, { childList: true });

  // A chat that is connected needs no valid token. A chat that has lost its connection does.
  // The clock goes on while the computer sleeps, where the page's own time may stand still;
  // and the clock may be set back, which the page's own time is not.
  const passed = () => Math.max(...now().map((ms, n) => ms - arrived[n]));
  const stale = () => passed() >= life && state !== "online";
  const check = () => stale() && show("assistant-idle");
  document.addEventListener("caramelo:state", (event) => {
    state = event.detail.state;
    if (state === "online") hide("assistant-idle");
    else if (state === "ended") show("assistant-idle");
    else check();
  });
  // A chat that reports its state gets some time to connect again.
  const back = () => (state ? setTimeout(check, grace) : check());
  let seen = Date.now();
  setInterval(() => {
    if (Date.now() - seen > away) back();
    else check();
    if (!document.hidden) seen = Date.now();
  }, 5_000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && Date.now() - seen > away) back();
    seen = Date.now();
  });

  // A reconnect reloads the page. forms.js does it, when what was typed is kept.
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("[data-reconnect]")) return;
    const reconnect = new CustomEvent("assistant:reconnect", { cancelable: true });
    if (document.dispatchEvent(reconnect)) location.reload();
  });
}
