// The assistant on a page that stays open: whoever turns to it is told where the
// vendor's script did not come, and where the page's token is too old for a new
// connection. It stands before the tail, so that it hears how the tail fares, and
// runs while the page still waits for the token.
{
  const scriptPatience = 8_000; // ms for the vendor's script
  const unknownLifetime = 30 * 60_000; // ms; the vendor does not say how long a token lives
  const away = 60_000; // ms out of sight, or asleep, behind which a chat has to show that it is there
  const grace = 10_000; // ms for that

  let state = ""; // what the chat says of itself, if it says anything
  let expires = Infinity;

  const show = (id) => {
    if (document.getElementById(id)) return;
    // First the region, then its words: that is what gets announced.
    const region = document.createElement("div");
    region.id = id;
    region.className = "assistant-notice";
    region.setAttribute("role", "status");
    document.body.append(region);
    region.append(document.getElementById("template-" + id).content.cloneNode(true));
  };
  const hide = (id) => document.getElementById(id)?.remove();

  // The vendor's script: refused, too slow, or broken. What a script of another
  // origin does wrong is told without a name.
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
  document.addEventListener("load", (event) => isVendors(event.target) && fared(!broken), true); // it does not get as far as the window
  addEventListener("error", (event) => {
    if (isVendors(event.target)) fared(false);
    else if (event instanceof ErrorEvent && !loaded && (!event.filename || new URL(event.filename).origin !== location.origin)) broken = true;
  }, true);
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
      expires = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"))).exp * 1000 || NaN;
    } catch {
      expires = NaN; // not a JWT, which is the vendor's business
    }
    if (!(expires > 0)) expires = Date.now() + unknownLifetime;
  }).observe(document.body, { childList: true });

  // An open chat outlives its token; a chat that has lost its connection does not.
  const stale = () => Date.now() >= expires && state !== "online";
  const check = () => stale() && show("assistant-idle");
  document.addEventListener("caramelo:state", (event) => {
    state = event.detail.state;
    if (state === "online") hide("assistant-idle");
    else if (state === "ended") show("assistant-idle");
    else check();
  });
  // A chat that says what it does gets a moment to be there again.
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

  // To reconnect is to ask for the page again. What was typed stays with this
  // entry of the tab's history until the page is there, and no longer. Codes and
  // passwords are typed again.
  const secret = ["password", "file", "hidden", "submit", "button"];
  const fields = () => [...document.querySelectorAll("main form")].flatMap((form, f) =>
    [...form.elements].filter((e) => e.name && !secret.includes(e.type) && !/one-time-code|password/.test(e.autocomplete)).map((e, i) => [`${f} ${i} ${e.name}`, e]));
  const isChoice = (e) => e.type === "checkbox" || e.type === "radio";
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("[data-reconnect]")) return;
    history.replaceState({ ...history.state, typed: fields().map(([name, e]) => [name, isChoice(e) ? e.checked : e.value]) }, "");
    location.reload();
  });
  const typed = new Map(history.state?.typed);
  if (typed.size) history.replaceState({ ...history.state, typed: null }, "");
  for (const [name, e] of typed.size ? fields() : []) {
    if (!typed.has(name)) continue;
    if (isChoice(e)) e.checked = typed.get(name);
    else if (e.value !== typed.get(name)) e.value = typed.get(name);
  }
}
