// Questions that can be pressed, and the buttons that open the chat. The page has this
// script after its content and loads it async. Without it the questions are text.
{
  // How the vendor's script opens its chat: event:NAME or function:path.of.window, or
  // nothing where nobody knows.
  const [, manner, name] = /^(event|function):(.+)$/.exec(document.currentScript.dataset.open) ?? [];
  const reaction = 700; // ms in which a chat shows that it has heard of a question
  const loaded = () => document.documentElement.dataset.sdk === "loaded"; // see assistant.js

  // Sends the event, and reports whether a script took it: parts of a script may still be on
  // their way, and an event that nobody listens to is lost without a word. A script may say so
  // with preventDefault(). One that says nothing is known by what it does: its chat gets the
  // focus, or something of it on the page changes. The event is never sent twice, because a
  // script may send the question on at once.
  const takes = async (event) => {
    const focused = document.activeElement;
    let changed = false;
    const watch = new MutationObserver(() => (changed = true));
    for (const e of document.querySelectorAll("body > script ~ :not(.assistant-notice)")) {
      watch.observe(e, { attributes: true, childList: true, subtree: true });
    }
    const taken = !document.dispatchEvent(event);
    if (!taken) await new Promise((later) => setTimeout(later, reaction));
    watch.disconnect();
    return taken || changed || document.activeElement !== focused;
  };

  // Gives the chat a question, "" for none, and reports whether it could.
  const opens = async (question, page) => {
    if (manner === "event" && loaded()) {
      return takes(new CustomEvent(name, { cancelable: true, detail: { question, ...page } }));
    }
    if (manner !== "function") return false;
    const steps = name.split(".");
    const last = steps.pop();
    try {
      steps.reduce((owner, step) => owner[step], window)[last](question, page);
      return true;
    } catch {
      return false; // there is no such function, or it failed
    }
  };

  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return false; // on plain http there is no clipboard, and the person may refuse it
    }
  };

  const ask = async (button) => {
    const place = button.closest("[data-ask]");
    const said = place.querySelector(".questions-said");
    const { title, path, where, copied, byHand } = place.dataset;
    const page = { title, url: new URL(path || location.href, location.origin).href };
    const question = button.matches("[data-caramelo-open]") ? "" : button.textContent.trim();
    const say = (words, ...more) => {
      place.querySelector("textarea")?.remove();
      said.textContent = words;
      said.after(...more);
    };
    say("");
    if (await opens(question, page)) return;
    const text = `${question} ${title}: ${page.url}`;
    if (!question) {
      say(where);
    } else if (await copy(text)) {
      say(copied);
    } else {
      const field = document.createElement("textarea");
      field.readOnly = true;
      field.rows = 4;
      field.value = text;
      field.setAttribute("aria-label", byHand);
      say(byHand, field);
      field.focus();
      field.select();
    }
  };
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-ask] button");
    if (button) ask(button);
  });

  for (const list of document.querySelectorAll("[data-ask] .questions")) {
    for (const text of list.querySelectorAll("span")) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...text.childNodes);
      text.replaceWith(button);
    }
    // It is there before its text: screen readers announce only what changes in it.
    const said = document.createElement("p");
    said.className = "questions-said";
    said.setAttribute("role", "status");
    list.after(said);
  }

  const showOpeners = () => {
    if (!loaded()) return;
    for (const button of document.querySelectorAll("[data-caramelo-open][hidden]")) button.hidden = false;
  };
  document.addEventListener("assistant:sdk", showOpeners);
  showOpeners();
}
