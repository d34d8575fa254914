// Everything works without this file. It is loaded async: defer and
// DOMContentLoaded would wait for the end of the page, which waits for the
// assistant.

// Set by what goes on without the question that unsaved input is worth, see below.
let quiet = false;

// A page that comes out of the back/forward cache carries a connection key
// that was made for an earlier visit, perhaps by somebody else: ask for a new
// page, and show nothing of the old one until it is there.
addEventListener("pagehide", (event) => {
  document.documentElement.hidden = event.persisted;
});
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// Escape closes an open disclosure and gives the focus back to its button.
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details.menu[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

// Buttons that open the chat are dead without a chat, so they stay hidden
// until one says that it is there.
const showOpeners = () => {
  for (const button of document.querySelectorAll("[data-caramelo-open][hidden]")) button.hidden = false;
};
document.addEventListener("caramelo:state", showOpeners);
addEventListener("load", () => {
  if (document.querySelector("caramelo-sandbox-chat")) showOpeners();
});

// Runs once the page is parsed, however early this script came.
const parsed = (run) => (document.readyState === "loading" ? addEventListener("DOMContentLoaded", run) : run());

// A one-time link carries its code behind the #, which browsers keep to
// themselves. Move it into the form, and out of the address and the history.
parsed(() => {
  const field = document.querySelector("[data-fragment]");
  if (!field || location.hash.length < 2) return;
  field.querySelector("input").value = location.hash.slice(1);
  field.hidden = true;
  history.replaceState(null, "", location.pathname);
});

// Browsers fill in again what was typed when a page is gone back to. The e-mail
// of whoever signed in here is not for whoever comes next.
parsed(() => {
  if (!document.querySelector(".signed-out")) return;
  addEventListener("pagehide", () => [...document.forms].forEach((form) => form.reset()));
  history.replaceState(null, ""); // what assistant.js kept for a page that is not to be seen any more
});

// Nor is what was typed here by whoever was signed in before. Browsers may fill it
// in as late as with the load of the page: until then the forms are out of sight.
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

// When somebody signs out, the other tabs do not go on showing what was theirs.
// A page that has been open for longer than a session lives asks whether it does.
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

// Who leaves a page with unsaved input is asked first, in the browser's own words,
// unless that very form is what is being sent. A form that comes back with
// something to mend, or with a preview, is unsaved as it is. Not asked for:
// searches and filters, codes and passwords, and a reconnect, which keeps the rest.
parsed(() => {
  if (!document.querySelector(".account")) return;
  const back = "form:has([aria-invalid], .alert), main:has(.preview) form:has([name=preview])";
  const counts = (e) => e.matches("input:not([type=hidden], [type=password], [autocomplete=one-time-code], [readonly]), select, textarea");
  const changed = (e) =>
    e.matches("select") ? e.selectedIndex !== Math.max(0, [...e.options].findIndex((o) => o.defaultSelected))
    : e.matches("[type=checkbox], [type=radio]") ? e.checked !== e.defaultChecked
    : e.value !== e.defaultValue;
  const unsaved = (form) => [...form.elements].filter(counts).some((e) => changed(e) || form.matches(back));
  let sent;
  document.addEventListener("submit", (event) => (sent = event.target));
  document.addEventListener("click", (event) => (quiet ||= event.target instanceof Element && event.target.closest("[data-reconnect]") !== null), true);
  addEventListener("beforeunload", (event) => {
    if (!quiet && !document.documentElement.hidden && [...document.querySelectorAll("main form[method=post]")].some((form) => form !== sent && unsaved(form))) event.preventDefault();
    sent = null; // who stays may change something else
  });
});

// The search follows what is typed: the server renders the results either way,
// and says in words how many there are. Where no answer comes, or the sign-in page
// does, nothing stays that belongs to other words: the form itself leads on.
parsed(() => {
  const form = document.querySelector("form[data-results]");
  const results = document.getElementById("results");
  if (!form || !results) return;
  let pending, wait;
  form.addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(async () => {
      pending?.abort();
      pending = new AbortController();
      const { signal } = pending;
      const query = "?" + new URLSearchParams(new FormData(form));
      const found = await fetch(form.dataset.results + query, { signal, redirect: "error" })
        .then((answer) => (answer.ok ? answer.text() : null))
        .catch(() => null);
      if (signal.aborted) return;
      const said = document.getElementById("results-said");
      if (found === null) {
        results.replaceChildren(form.dataset.lost);
        said.textContent = form.dataset.lost;
        return;
      }
      const page = new DOMParser().parseFromString(found, "text/html");
      results.replaceChildren(...page.body.childNodes);
      history.replaceState(history.state, "", form.action + query);
      said.textContent = results.querySelector("[data-said]")?.textContent ?? "";
    }, 250);
  });
});
