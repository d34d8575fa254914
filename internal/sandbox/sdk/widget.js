// The widget: the chat on the page. It sets texts with textContent.

const HOST = "caramelo-sandbox-chat";

const make = (tag, attributes = {}, ...children) => {
  const drawing = tag === "svg" || tag === "path";
  const e = drawing ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
  e.append(...children);
  return e;
};

const icon = (d) => make("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, make("path", { d }));

const CHAT =
  "M12 4c-4.7 0-8.5 3.1-8.5 7 0 2.1 1.1 4 2.9 5.3L5.7 20l4-2.2c.7.1 1.5.2 2.3.2 4.7 0 8.5-3.1 8.5-7S16.7 4 12 4Z" +
  "M8.5 11h.01M12 11h.01M15.5 11h.01";

// buildWidget puts the chat on the page and calls send with each message that the person
// writes. The owner's draft is kept across a reload in the same tab.
const buildWidget = (tag, owner, send) => {
  const draft = `caramelo-sandbox-draft:${owner}`;
  const base = String(tag).toLowerCase().split(/[-_]/)[0];
  const lang = STRINGS.send[base] ? base : "en";
  const text = (name) => STRINGS[name][lang];
  const shown = new Map(); // messages, by the sender's id or, without one, the server's

  const bubble = make(
    "button",
    { id: "bubble", type: "button", "aria-expanded": "false", "aria-controls": "panel" },
    icon(CHAT),
    icon("m6.5 9.5 5.5 5.5 5.5-5.5"),
  );
  const status = make("p", { id: "status", role: "status" });
  const close = make(
    "button",
    { id: "close", type: "button", "aria-label": text("close") },
    icon("m7 7 10 10M17 7 7 17"),
  );
  const log = make("div", { id: "log", role: "log", "aria-label": text("log"), tabindex: "0" });
  const typing = make(
    "div",
    { id: "typing", role: "img", "aria-label": text("typing"), hidden: "" },
    make("i"),
    make("i"),
    make("i"),
  );
  const scroller = make("div", { id: "scroller" }, make("div", {}, log, typing));
  const reload = make("button", { id: "reload", type: "button", hidden: "" }, text("reload"));
  const input = make("textarea", {
    id: "input",
    rows: "1",
    maxlength: "4000", // UTF-16 units, so at most the 4000 code points that the server allows
    autocomplete: "off",
    "aria-label": text("input"),
    placeholder: text("placeholder"),
  });
  const submit = make(
    "button",
    { id: "send", type: "submit", "aria-label": text("send") },
    icon("M12 19V5.5M6 11l6-6 6 6"),
  );
  const form = make("form", {}, input, submit);
  const head = make(
    "div",
    { id: "head" },
    make("h2", {}, "Caramelo"),
    make("span", { id: "badge" }, text("sandbox")),
    status,
    close,
  );
  const panel = make(
    "section",
    { id: "panel", role: "dialog", "aria-label": text("panel"), hidden: "" },
    head,
    scroller,
    reload,
    form,
    make("p", { id: "note" }, text("note")),
  );
  const shell = make("div", { id: "shell", lang }, bubble, panel);

  const host = document.createElement(HOST);
  const root = host.attachShadow({ mode: "open" });
  root.append(shell);
  manner.dress(root);
  document.body.append(host);

  const mark = (unread) => {
    bubble.classList.toggle("unread", unread);
    bubble.setAttribute("aria-label", text(unread ? "unread" : "panel"));
  };
  const fold = (folded) => {
    if (folded === panel.hidden) return;
    panel.hidden = folded;
    bubble.setAttribute("aria-expanded", String(!folded));
    mark(false);
    manner.fold(folded);
  };
  const setOpen = (open) => {
    fold(!open);
    (!open ? bubble : reload.hidden ? input : reload).focus();
  };

  const when = (iso) => {
    const at = new Date(iso);
    const today = at.toDateString() === new Date().toDateString();
    const format = today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" };
    return make("time", { datetime: iso }, at.toLocaleString(lang, format));
  };

  const makeMessage = (m) =>
    make(
      "div",
      { class: "message", "data-from": m.from },
      make("span", { class: "author" }, text(m.from)),
      make("p", {}, m.text),
      make("div", { class: "meta" }),
    );

  // The server has not confirmed a message without a time yet. Such messages come last.
  const show = (m) => {
    const key = m.ref ?? m.id;
    const item = shown.get(key) ?? makeMessage(m);
    if (item.dataset.state === "sent") return;
    shown.set(key, item);
    item.dataset.state = m.at ? "sent" : "pending";
    item.lastChild.replaceChildren(m.at ? when(m.at) : text("pending"));
    if (item !== log.lastChild) log.append(item);
    if (m.at) typing.hidden = m.from === "assistant";
  };

  bubble.addEventListener("click", () => setOpen(panel.hidden));
  close.addEventListener("click", () => setOpen(false));
  reload.addEventListener("click", () => location.reload());
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    const words = input.value.trim();
    if (!words || submit.disabled) return;
    input.value = "";
    attempt(() => manner.storage().removeItem(draft));
    show(send(words));
    scroller.scrollTop = 0; // the end, because of flex-direction: column-reverse
    input.focus();
  });
  // Not keydown, which browsers also send while an input method is in use.
  input.addEventListener("keypress", (e) => {
    if (e.key !== "Enter" || e.shiftKey) return;
    e.preventDefault();
    form.requestSubmit();
  });
  input.value = attempt(() => manner.storage().getItem(draft)) ?? "";
  input.addEventListener("input", () => attempt(() => manner.storage().setItem(draft, input.value)));
  shell.addEventListener("keydown", (e) => {
    if (panel.hidden) return;
    e.stopPropagation(); // the page's own shortcuts
    if (e.key === "Escape" && !e.isComposing) setOpen(false);
  });
  // The chat must not cover the focused element (WCAG 2.4.11): it closes on Escape, and,
  // if it fills the screen, as soon as an element of the page gets the focus.
  addEventListener("keydown", (e) => {
    if (e.key === "Escape" && !e.defaultPrevented) fold(true);
  });
  for (const around of [root, window]) {
    around.addEventListener("focusin", (e) => {
      if (!e.composedPath().includes(panel) && panel.offsetWidth >= document.documentElement.clientWidth) fold(true);
    });
  }
  // A question is proposed and not sent: the person may still change it. It replaces the one
  // before, and comes after what the person has written.
  const propose = ({ question, title, url }) => {
    const last = attempt(() => manner.storage().getItem(`${draft}:proposed`)) ?? "";
    const written = input.value.endsWith(last) ? input.value.slice(0, -last.length || undefined) : input.value;
    const asked = title ? `${question}\n${title}: ${url}` : question;
    input.value = [written.trimEnd(), asked].filter(Boolean).join("\n");
    form.hidden = false;
    attempt(() => manner.storage().setItem(draft, input.value));
    attempt(() => manner.storage().setItem(`${draft}:proposed`, asked));
  };
  document.addEventListener("caramelo:open", (event) => {
    manner.take(event);
    if (event.detail?.question) propose(event.detail);
    setOpen(true);
  });

  mark(false);
  return {
    state(state, reason) {
      status.textContent = text(reason === "other_tab" ? reason : state);
      reload.hidden = state !== "ended";
      submit.disabled = state === "ended";
      form.hidden = submit.disabled && !input.value; // a draft stays visible, so that it can be copied
      if (state !== "online") typing.hidden = true;
      shell.dataset.state = state; // for the styles
      manner.say(host, state);
    },
    history: (messages) => messages.forEach(show),
    message(m) {
      show(m);
      if (m.from === "assistant") manner.ping();
      if (panel.hidden && m.from === "assistant") mark(true);
    },
  };
};
