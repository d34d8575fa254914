// Every page works without this file too. It is loaded async, because defer and
// DOMContentLoaded wait for the end of the page, which waits for the assistant.

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

// Runs a function when the page is parsed, or at once if it is already.
const parsed = (run) => (document.readyState === "loading" ? addEventListener("DOMContentLoaded", run) : run());

// A one-time link has its code after the #, which browsers do not send to the server. Move
// it into the form, and remove it from the address and the history. Where somebody else has to
// sign out first, it goes after the # of that form: the browser keeps it when it is led back.
parsed(() => {
  const field = document.querySelector("[data-fragment]");
  const leave = document.querySelector("[data-carries-fragment]");
  if (!(field || leave) || location.hash.length < 2) return;
  if (leave) leave.action += location.hash;
  else field.querySelector("input").value = location.hash.slice(1);
  if (field) field.hidden = true;
  history.replaceState(null, "", location.pathname);
});

// When somebody goes back to a page, browsers fill in what was typed there. The next
// person must not see the e-mail of the person who signed in before.
parsed(() => {
  if (!document.querySelector(".signed-out")) return;
  addEventListener("pagehide", () => [...document.forms].forEach((form) => form.reset()));
  history.replaceState(null, ""); // remove what assistant.js kept of a page of that person
});

// Nor is anything of theirs left in the browser's storage. Signing out sends Clear-Site-Data, but
// not every browser follows it everywhere.
parsed(async () => {
  if (!document.querySelector(".signed-out .login")) return;
  try {
    localStorage.clear();
    sessionStorage.clear();
    for (const name of (await self.caches?.keys()) ?? []) await caches.delete(name);
    for (const { name } of await indexedDB.databases()) indexedDB.deleteDatabase(name);
  } catch {
    // The browser lets no page keep anything.
  }
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

// A form whose answer takes long says that it is on its way.
addEventListener("submit", (event) => {
  const busy = event.target.querySelector("[data-busy]");
  if (busy) busy.hidden = false;
});
