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
  let expires = Infinity;

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

  // The vendor's script may be refused, too slow, or broken. Browsers report an error in a
  // script of another origin without the name of the script.
  const isVendors = (e) => e instanceof HTMLScriptElement && e.parentElement === document.body && e.src !== "";
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
  const isForeign = (filename) => !filename || new URL(filename).origin !== location.origin;
  const onError = (event) => {
    if (isVendors(event.target)) fared(false);
    else if (event instanceof ErrorEvent && !loaded && isForeign(event.filename)) broken = true;
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
    const token = carameloaiChatbot.secure_connection_token;
    try {
      const base64 = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
      expires = JSON.parse(atob(base64)).exp * 1000 || NaN;
    } catch {
      expires = NaN; // not a JWT; the vendor need not use one
    }
    if (!(expires > 0)) expires = Date.now() + unknownLifetime;
  }).observe(document.body, { childList: true });

  // A chat that is connected needs no valid token. A chat that has lost its connection does.
  const stale = () => Date.now() >= expires && state !== "online";
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
