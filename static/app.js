// Every page works without this file too. It is loaded async, because defer and
// DOMContentLoaded wait for the end of the page, which waits for the assistant.

// Set by what leaves the page without asking about unsaved input, see below.
let quiet = false;

// A page from the back/forward cache has a connection token of an earlier visit, perhaps
// by another person: load a new page, and hide the old one until then.
addEventListener("pagehide", (event) => {
  document.documentElement.hidden = event.persisted;
});
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// Escape closes an open menu and moves the focus back to its button.
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details.menu[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

// Buttons that open the chat do nothing without one, so they are hidden until the chat
// reports that it is there.
const showOpeners = () => {
  for (const button of document.querySelectorAll("[data-caramelo-open][hidden]")) button.hidden = false;
};
document.addEventListener("caramelo:state", showOpeners);
addEventListener("load", () => {
  if (document.querySelector("caramelo-sandbox-chat")) showOpeners();
});

// Runs a function when the page is parsed, or at once if it is already.
const parsed = (run) => (document.readyState === "loading" ? addEventListener("DOMContentLoaded", run) : run());

// A one-time link has its code after the #, which browsers do not send to the server. Move
// it into the form, and remove it from the address and the history.
parsed(() => {
  const field = document.querySelector("[data-fragment]");
  if (!field || location.hash.length < 2) return;
  field.querySelector("input").value = location.hash.slice(1);
  field.hidden = true;
  history.replaceState(null, "", location.pathname);
});

// When somebody goes back to a page, browsers fill in what was typed there. The next
// person must not see the e-mail of the person who signed in before.
parsed(() => {
  if (!document.querySelector(".signed-out")) return;
  addEventListener("pagehide", () => [...document.forms].forEach((form) => form.reset()));
  history.replaceState(null, ""); // remove what assistant.js kept of a page of that person
});

// The next person must not see either what somebody else typed into this page while signed
// in. Browsers may fill it in until the page has loaded, so the forms are hidden until then.
parsed(() => {
  const person = document.querySelector(".account")?.dataset.person;
  if (!person) return;
  if ((history.state?.person ?? person) !== person) {
    const main = document.querySelector("main");
    main.hidden = true;
    addEventListener("pageshow", () => {
      [...document.forms].forEach((form) => form.reset());
      main.hidden = false;
    });
  }
  history.replaceState({ ...history.state, person }, "");
});

// A form counts once, however often it is sent: the server knows it by its key. A second
// click does nothing here, so that the browser waits for the first answer. When somebody
// goes back to a form that was sent, the browser has a new page with what was typed, and the
// form gets its key back: otherwise it would count as another one.
{
  const patience = 2_000; // ms in which a second click is no decision
  const sent = new WeakMap();
  const key = (form) => form.querySelector("[name=form_key]");
  addEventListener("submit", (event) => {
    const form = event.target;
    if (performance.now() - sent.get(form) < patience) event.preventDefault();
    if (event.defaultPrevented || !key(form)) return;
    sent.set(form, performance.now());
    if (!document.querySelector(".account")) return;
    const keys = { ...history.state?.keys, [form.action]: key(form).value };
    history.replaceState({ ...history.state, keys }, "");
  });
  parsed(() => {
    const keys = history.state?.keys ?? {};
    for (const form of document.forms) if (key(form) && keys[form.action]) key(form).value = keys[form.action];
  });
}

// When somebody signs out, the other tabs stop showing their pages. A page that is open for
// longer than a session may last asks the server whether the session still exists.
parsed(() => {
  const channel = new BroadcastChannel("session");
  if (document.querySelector(".signed-out .login")) channel.postMessage("ended");
  if (!document.querySelector(".account")) return;
  const again = () => {
    quiet = true;
    location.replace(location.pathname + location.search);
  };
  channel.onmessage = again;
  setInterval(async () => {
    const answer = await fetch(location.href, { method: "HEAD", redirect: "manual" }).catch(() => null);
    if (answer?.type === "opaqueredirect") again();
  }, 121 * 60 * 1000);
});

// Before somebody leaves a page with unsaved input, the browser asks, unless that form is
// being sent. A form that comes back with errors or with a preview is unsaved even if
// nothing was changed since. The browser does not ask because of searches, filters, codes
// and passwords, nor before a reconnect, which keeps the input.
parsed(() => {
  if (!document.querySelector(".account")) return;
  const back = "form:has([aria-invalid], .alert), main:has(.preview) form:has([name=preview])";
  const uncounted = "[type=hidden], [type=password], [autocomplete=one-time-code], [readonly]";
  const counts = (e) => e.matches(`input:not(${uncounted}), select, textarea`);
  const changed = (e) => {
    if (e.matches("select")) {
      const selectedAtFirst = [...e.options].findIndex((o) => o.defaultSelected);
      return e.selectedIndex !== Math.max(0, selectedAtFirst);
    }
    if (e.matches("[type=checkbox], [type=radio]")) return e.checked !== e.defaultChecked;
    return e.value !== e.defaultValue;
  };
  const unsaved = (form) => [...form.elements].filter(counts).some((e) => changed(e) || form.matches(back));
  let sent;
  document.addEventListener("submit", (event) => (sent = event.target));
  const onClick = (event) => {
    quiet ||= event.target instanceof Element && event.target.closest("[data-reconnect]") !== null;
  };
  document.addEventListener("click", onClick, true);
  addEventListener("beforeunload", (event) => {
    const forms = [...document.querySelectorAll("main form[method=post]")];
    const ask = () => forms.some((form) => form !== sent && unsaved(form));
    if (!quiet && !document.documentElement.hidden && ask()) event.preventDefault();
    sent = null; // a person who stays may change something else
  });
});
