// The widget: the chat on the page. Texts reach it through textContent alone,
// styles through one adopted style sheet: both survive a strict
// Content-Security-Policy.

const HOST = "caramelo-sandbox-chat";

const language = (tag) => {
  const base = String(tag || "").toLowerCase().split(/[-_]/)[0];
  return Object.hasOwn(STRINGS, base) ? base : "en";
};

const element = (tag, attributes = {}, ...children) => {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
  e.append(...children);
  return e;
};

const icon = (...paths) => {
  const create = (tag, attributes) => {
    const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
    return e;
  };
  const svg = create("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" });
  svg.append(...paths.map((d) => create("path", { d })));
  return svg;
};

// buildWidget puts the chat on the page and calls on.send with what the person
// writes.
const buildWidget = (on) => {
  let lang = language(document.documentElement.lang);
  let state = "connecting";
  let assistant = "Caramelo";
  let maxLength = 4000;
  let typingTimer = 0;
  const shown = new Map(); // the messages on screen, by the server's id
  const waiting = new Map(); // those it has not confirmed, by our ref

  const host = document.createElement(HOST);
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLES);
  root.adoptedStyleSheets = [sheet];

  const dot = element("span", { id: "unread", hidden: "" });
  const bubble = element("button", { id: "bubble", type: "button", "aria-expanded": "false", "aria-controls": "panel" },
    icon("M12 4c-4.7 0-8.5 3.1-8.5 7 0 2.1 1.1 4 2.9 5.3L5.7 20l4-2.2c.7.1 1.5.2 2.3.2 4.7 0 8.5-3.1 8.5-7S16.7 4 12 4Z", "M8.5 11h.01M12 11h.01M15.5 11h.01"),
    icon("m6.5 9.5 5.5 5.5 5.5-5.5"),
    dot);
  const title = element("h2", { id: "title" });
  const badge = element("span", { id: "badge" });
  const status = element("p", { id: "status", role: "status" });
  const close = element("button", { id: "close", type: "button" }, icon("m7 7 10 10M17 7 7 17"));
  const log = element("div", { id: "log", role: "log", "aria-live": "polite", tabindex: "0" });
  const typing = element("div", { id: "typing", role: "img", hidden: "" }, element("i"), element("i"), element("i"));
  const scroller = element("div", { id: "scroller" }, log, typing);
  const endedText = element("p");
  const reload = element("button", { id: "reload", type: "button" });
  const ended = element("div", { id: "ended", hidden: "" }, endedText, reload);
  const problem = element("p", { id: "problem", role: "alert", hidden: "" });
  const input = element("textarea", { id: "input", rows: "1", "aria-describedby": "problem", autocomplete: "off" });
  const send = element("button", { id: "send", type: "submit" }, icon("M12 19V5.5M6 11l6-6 6 6"));
  const form = element("form", { id: "composer" }, problem, element("div", { class: "field" }, input, send));
  const note = element("p", { id: "note" });
  const panel = element("section", { id: "panel", role: "dialog", hidden: "" },
    element("header", {}, element("div", { class: "heading" }, title, badge), status, close),
    scroller, ended, form, note);
  const shell = element("div", { class: "shell" }, bubble, panel);
  root.append(shell);

  const text = (name, values = {}) =>
    STRINGS[lang][name].replace(/\{(\w+)\}/g, (_, key) => Number(values[key]).toLocaleString(lang));

  const label = () => {
    bubble.setAttribute("aria-label", text(dot.hidden ? "panel" : "unread"));
  };

  const translate = () => {
    shell.lang = lang;
    title.textContent = assistant;
    badge.textContent = text("sandbox");
    panel.setAttribute("aria-label", text("panel"));
    close.setAttribute("aria-label", text("close"));
    log.setAttribute("aria-label", text("log"));
    typing.setAttribute("aria-label", text("typing"));
    input.setAttribute("aria-label", text("input"));
    input.placeholder = text("placeholder");
    send.setAttribute("aria-label", text("send"));
    note.textContent = text("note");
    endedText.textContent = text("endedDetail");
    reload.textContent = text("reload");
    status.textContent = text(state);
    label();
    for (const item of waiting.values()) item.querySelector(".meta").textContent = text(state === "ended" ? "unsent" : "pending");
  };

  const setState = (next) => {
    const changed = next !== state || !host.dataset.state;
    state = next;
    host.dataset.state = next;
    const over = next === "ended";
    ended.hidden = !over;
    input.readOnly = over;
    form.hidden = over && !input.value; // a draft stays in sight, to be copied
    send.disabled = over;
    if (over) hideTyping();
    translate();
    if (changed) document.dispatchEvent(new CustomEvent("caramelo:state", { detail: { state: next } }));
  };

  const nearEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
  const toEnd = () => {
    scroller.scrollTop = scroller.scrollHeight;
  };

  const when = (iso) => {
    const at = new Date(iso);
    const today = at.toDateString() === new Date().toDateString();
    const time = element("time", { datetime: iso });
    time.textContent = at.toLocaleString(lang, today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" });
    return time;
  };

  const draw = (from, words) => {
    const author = element("span", { class: "author" });
    author.textContent = from === "person" ? text("you") : `${assistant}:`;
    const body = element("p");
    body.textContent = words;
    return element("div", { class: "message", "data-from": from }, author, body, element("div", { class: "meta" }));
  };

  // What is confirmed stands before what is not.
  const place = (item) => {
    const next = waiting.values().next().value ?? null;
    if (item.parentNode !== log || item.nextSibling !== next) log.insertBefore(item, next);
  };

  const hideTyping = () => {
    clearTimeout(typingTimer);
    typing.hidden = true;
  };

  const showMessage = (m) => {
    if (shown.has(m.id)) return false;
    const follow = nearEnd();
    const item = waiting.get(m.ref) ?? draw(m.from, m.text);
    waiting.delete(m.ref);
    shown.set(m.id, item);
    item.dataset.state = "sent";
    item.dataset.id = m.id;
    item.querySelector(".meta").replaceChildren(when(m.at));
    place(item);
    if (m.from === "assistant") hideTyping();
    if (follow) toEnd();
    return true;
  };

  const showWaiting = (m) => {
    const item = draw("person", m.text);
    item.dataset.state = "pending";
    item.querySelector(".meta").textContent = text("pending");
    waiting.set(m.ref, item);
    log.append(item);
    toEnd();
  };

  const complain = (message) => {
    problem.textContent = message;
    problem.hidden = !message;
  };

  const setOpen = (open) => {
    const was = !panel.hidden;
    panel.hidden = !open;
    bubble.setAttribute("aria-expanded", String(open));
    if (open) {
      dot.hidden = true;
      if (!was) toEnd();
      (state === "ended" ? reload : input).focus();
    } else if (was) {
      bubble.focus();
    }
    label();
  };

  bubble.addEventListener("click", () => setOpen(panel.hidden));
  close.addEventListener("click", () => setOpen(false));
  reload.addEventListener("click", () => location.reload());
  input.addEventListener("input", () => complain(""));
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    const words = input.value.trim();
    const count = [...words].length; // code points, as the server counts
    if (!words || state === "ended") return;
    if (count > maxLength) {
      complain(text("tooLong", { count, max: maxLength }));
      return;
    }
    input.value = "";
    showWaiting(on.send(words));
    input.focus();
  });
  // 229: an input method is choosing a word, Enter belongs to it.
  const sends = (e) => e.target === input && e.key === "Enter" && !e.shiftKey && !e.isComposing && e.keyCode !== 229;
  // The page's own shortcuts must not fire while somebody writes here.
  for (const type of ["keydown", "keypress", "keyup"]) {
    shell.addEventListener(type, (e) => {
      if (!panel.hidden) e.stopPropagation();
    });
  }
  shell.addEventListener("keydown", (e) => {
    if (e.key === "Escape" && !e.isComposing) setOpen(false);
    if (!sends(e)) return;
    e.preventDefault();
    form.requestSubmit();
  });
  // Programs that type for somebody may send the character by itself.
  input.addEventListener("keypress", (e) => {
    if (sends(e)) e.preventDefault();
  });
  document.addEventListener("caramelo:open", () => setOpen(true));
  document.addEventListener("click", (e) => {
    const opener = e.target instanceof Element ? e.target.closest("[data-caramelo-open]") : null;
    if (!opener) return;
    e.preventDefault();
    setOpen(true);
  });

  // The page's choice of theme goes before the system's.
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    const chosen = document.documentElement.dataset.theme;
    shell.dataset.theme = chosen === "dark" || chosen === "light" ? chosen : dark.matches ? "dark" : "light";
  };
  dark.addEventListener("change", paint);
  new MutationObserver(paint).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  paint();
  setState("connecting");
  document.body.append(host);

  return {
    setState,
    showWaiting,
    hello(data) {
      lang = language(data.lang);
      assistant = data.assistant;
      maxLength = data.max_length;
      translate();
      log.setAttribute("aria-busy", "true"); // what was said before is no news
      data.history.forEach(showMessage);
      log.setAttribute("aria-busy", "false");
    },
    message(m) {
      if (!showMessage(m) || m.from !== "assistant" || !panel.hidden) return;
      dot.hidden = false;
      label();
    },
    typing() {
      const follow = nearEnd();
      typing.hidden = false;
      clearTimeout(typingTimer);
      typingTimer = setTimeout(hideTyping, 5000);
      if (follow) toEnd();
    },
    refused(ref, detail) {
      const item = waiting.get(ref);
      if (!item) return;
      waiting.delete(ref);
      item.dataset.state = "failed";
      item.querySelector(".meta").textContent = text("unsent");
      console.warn(`Caramelo sandbox: a message was refused: ${detail}`);
    },
  };
};
