// Everything works without this file. It is loaded async: defer and
// DOMContentLoaded would wait for the end of the page, which waits for the
// assistant.

// A page that comes out of the back/forward cache carries a connection key
// that was made for an earlier visit: ask for a new page.
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
