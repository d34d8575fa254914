// What is typed into forms is not lost, counts once, and belongs to one person. It is loaded
// async, like app.js, and every form works without it too.
{
  const account = () => document.querySelector(".account");
  const forms = () => [...document.querySelectorAll("main form[method=post]")].filter(keyOf);
  const keyOf = (form) => form.querySelector("[name=form_key]");
  const pathOf = (form) => new URL(form.action).pathname + new URL(form.action).search;
  const parsed = (run) => (document.readyState === "loading" ? addEventListener("DOMContentLoaded", run) : run());

  // Its answer is the page itself.
  const returns = (form) => form.matches("[data-returns]");

  // Set by what leaves the page without asking about unsaved input.
  let quiet = false;

  // The server knows a form by its key. A second click does nothing here, so that the browser
  // waits for the first answer. When somebody goes back to a form that was sent, the browser
  // has a new page with what was typed, and the form gets its key back: otherwise it would
  // count as another one.
  const patience = 2_000; // ms in which a second click is no decision
  const sent = new WeakMap(); // when each form was sent
  addEventListener("submit", (event) => {
    const form = event.target;
    if (performance.now() - sent.get(form) < patience) event.preventDefault();
    if (event.defaultPrevented || !keyOf(form)) return;
    sent.set(form, performance.now());
    typed.delete(form);
    if (!account() || returns(form)) return; // which may be sent again: it says what is to be
    const keys = { ...history.state?.keys, [form.action]: keyOf(form).value };
    history.replaceState({ ...history.state, keys }, "");
  });
  const returned = new WeakSet(); // forms that somebody has gone back to
  parsed(() => {
    const keys = history.state?.keys ?? {};
    for (const form of forms()) {
      // A key says whose it is: the next person has a form of their own.
      const [, person] = keys[form.action]?.split(".") ?? [];
      if (!person || person !== account()?.dataset.person) continue;
      keyOf(form).value = keys[form.action];
      returned.add(form);
    }
  });

  // A form is unsaved if it is not as it came. One that comes back with errors or with a preview
  // is unsaved even if nothing was changed since.
  const back = "form:has([aria-invalid], .alert), main:has(.preview) form:has([name=preview])";
  const isChoice = (e) => e.type === "checkbox" || e.type === "radio";
  const uncounted = "[type=hidden], [type=password], [autocomplete=one-time-code], [readonly]";
  const counts = (e) => e.matches(`input:not(${uncounted}), select, textarea`);
  const changed = (e) => {
    if (e.matches("select")) {
      const selectedAtFirst = [...e.options].findIndex((o) => o.defaultSelected);
      return e.selectedIndex !== Math.max(0, selectedAtFirst);
    }
    if (isChoice(e)) return e.checked !== e.defaultChecked;
    return e.value !== e.defaultValue;
  };
  const unsaved = (form) => [...form.elements].filter(counts).some((e) => changed(e) || form.matches(back));

  // What is typed goes to the server while it is typed, and when the page is hidden or left. It
  // stays there until it is saved, for its person alone; the browser keeps none of it.
  const pause = 1_000; // ms without a key before it is sent
  const most = 60_000; // bytes that a browser sends for a page that it has left
  const largest = 250_000; // bytes that the server takes; only a file that was pasted is larger
  const typed = new Set(); // forms with something that the server does not have yet
  let restoredNow;
  const restored = new Promise((now) => (restoredNow = now)); // what was kept before is in the forms
  const touched = new WeakSet();
  const secret = ["password", "file", "hidden", "submit", "button"];
  const isKept = (e) => e.name && !e.readOnly && !secret.includes(e.type) && !/one-time|password/.test(e.autocomplete);
  const version = (form) => form.querySelector("[type=hidden][name=version]");
  const fieldsOf = (form) => {
    const fields = new URLSearchParams();
    for (const e of form.elements) if (isKept(e) && (!isChoice(e) || e.checked)) fields.append(e.name, e.value);
    if (version(form)) fields.append("version", version(form).value);
    return fields;
  };
  const known = new WeakMap(); // what the server has of each form
  const answers = new WeakMap(); // to what was sent last of each form: they are sent in turn
  let turn = 0; // of what is sent, by which the server knows what has come late
  const send = async (form) => {
    const body = fieldsOf(form);
    const fields = body.toString();
    body.append("draft_key", keyOf(form).value);
    body.append("draft_form", pathOf(form));
    body.append("draft_page", form.matches(back) ? "" : location.pathname + location.search);
    body.append("draft_title", document.querySelector("h1")?.textContent ?? "");
    body.append("draft_by", performance.timeOrigin);
    body.append("draft_turn", ++turn);
    // What the browser itself puts back into a form that was sent is saved, unless that failed.
    if (returned.has(form) && touched.has(form)) body.append("draft_anew", "yes");
    if (known.get(form) === fields) body.append("draft_known", "yes");
    const { length } = body.toString();
    if (length > largest) return false;
    const keepalive = length < most;
    const answer = await fetch("/drafts/keep", { method: "POST", body, keepalive }).catch(() => null);
    if (answer?.ok) known.set(form, fields);
    else if (!answer || answer.status >= 500 || answer.status === 429) typed.add(form); // for another try
    return answer?.ok === true;
  };
  const keep = (form) => {
    typed.delete(form);
    const answer = Promise.all([restored, answers.get(form)]).then(() => send(form));
    answers.set(form, answer);
    return answer;
  };
  const keepAll = async () => (await Promise.all([...typed].map(keep))).every(Boolean);
  // Browsers and password managers fill fields in without telling the page. Nor does the page know
  // whether the server still has what it has sent: another tab may have saved its own text.
  const keepUnsaved = () => {
    forms().filter(unsaved).forEach((form) => typed.add(form));
    return keepAll();
  };
  const again = 5_000; // ms until what could not be kept is tried again
  let waiting;
  const keepSoon = (ms) => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => (await keepAll()) || typed.size === 0 || keepSoon(again), ms);
  };
  document.addEventListener("input", ({ target }) => {
    const form = target.form;
    if (!account() || !form?.matches("main form[method=post]") || !keyOf(form) || !isKept(target)) return;
    typed.add(form);
    touched.add(form);
    sent.delete(form);
    keepSoon(pause);
  });
  document.addEventListener("visibilitychange", () => document.hidden && keepAll());
  addEventListener("pagehide", () => typed.forEach(send)); // there is no time to wait for anything

  // A form that is opened again is filled in with what was typed. A form that comes back with
  // errors or with a preview has newer text. The version is that of the text that was
  // changed, so that nobody's change meanwhile is undone unseen. Until it is known what there is,
  // nothing is sent; what was typed by then stays, behind what was typed before.
  const join = (e, before) => {
    if (!e.matches("textarea, input") || isChoice(e) || e.value.includes(before)) return;
    e.value = before + (e.matches("textarea") ? "\n\n" : " ") + e.value;
  };
  const fill = (form, fields) => {
    const next = {};
    for (const e of [...form.elements].filter(isKept)) {
      const values = fields[e.name] ?? [];
      const value = values[(next[e.name] = (next[e.name] ?? -1) + 1)];
      if (touched.has(form) && changed(e)) join(e, value ?? "");
      else if (isChoice(e)) e.checked = values.includes(e.value);
      else if (value !== undefined) e.value = value;
    }
    if (version(form) && fields.version) version(form).value = fields.version[0];
  };
  const restore = async () => {
    const open = forms().filter((form) => [...form.elements].some(isKept) && !form.matches(back));
    if (!account() || open.length === 0) return;
    const asked = new URLSearchParams(open.map((form) => ["form", pathOf(form)]));
    const ask = () => fetch("/drafts/kept?" + asked).catch(() => null);
    let answer = await ask();
    while (!answer || answer.status >= 500 || answer.status === 429) {
      await new Promise((later) => setTimeout(later, again));
      answer = await ask();
    }
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const said of page.querySelectorAll("[data-form]")) {
      const form = open.find((form) => pathOf(form) === said.dataset.form);
      if (!form) continue;
      fill(form, JSON.parse(said.dataset.fields));
      if (!touched.has(form)) known.set(form, fieldsOf(form).toString());
      said.querySelector("form").addEventListener("submit", () => (quiet = typed.delete(form) || true));
      form.before(said);
    }
  };
  parsed(() => restore().finally(restoredNow));

  // A page that is looked at again, and one that another tab tells of a sign-in or a sign-out,
  // asks whose session it is now. If it is not its own person's any more, it hides itself, and
  // leaves when what was typed is kept.
  const longest = 121 * 60 * 1000; // ms, a little more than a session may last without a visit
  let seen = Date.now(); // when the page last knew that the session was its own
  const leave = async (whose) => {
    document.documentElement.hidden = true;
    const had = forms().some(unsaved);
    const all = await keepUnsaved();
    if (typed.size > 0) return setTimeout(leave, again, whose);
    quiet = true;
    // The answer to a form is no page to come back to.
    const next = document.querySelector(back) ? "/drafts" : location.pathname + location.search;
    const to = new URLSearchParams({ next });
    if (whose === "none" && had && all) to.set("ended", "kept");
    location.assign((whose === "other" ? "/session/other?" : "/login?") + to);
  };
  const look = async () => {
    const hide = Date.now() - seen > longest;
    if (hide) document.documentElement.hidden = true;
    const answer = await fetch("/session?person=" + account().dataset.person).catch(() => null);
    const whose = answer?.ok ? await answer.text().catch(() => "") : "";
    if (whose === "other" || whose === "none") return leave(whose);
    if (whose !== "same") return hide && setTimeout(look, again);
    seen = Date.now();
    if (hide) document.documentElement.hidden = false;
  };
  parsed(() => {
    const channel = new BroadcastChannel("session");
    const person = account()?.dataset.person;
    if (person || document.querySelector(".signed-out .login")) channel.postMessage(person ?? "");
    if (!person) return;
    channel.onmessage = ({ data }) => data !== person && look();
    document.addEventListener("visibilitychange", () => document.hidden || look());
    addEventListener("focus", look);
    addEventListener("online", look);
    setInterval(look, longest);
  });

  // assistant.js asks for the page anew, with a new connection for the chat.
  document.addEventListener("assistant:reconnect", async (event) => {
    event.preventDefault();
    if (!(await keepUnsaved())) return;
    quiet = true;
    location.reload();
  });

  // A form that comes back to the page does so when what was typed into the others is kept.
  addEventListener("submit", async (event) => {
    const form = event.target;
    if (event.defaultPrevented || !returns(form) || !forms().some(unsaved)) return;
    event.preventDefault();
    if (!(await keepUnsaved())) return;
    quiet = true;
    form.submit();
  });

  // Before somebody leaves a page with unsaved input, the browser asks, unless that form is
  // being sent. It does not ask because of searches, filters, codes and passwords.
  parsed(() => {
    if (!account()) return;
    let leaving;
    document.addEventListener("submit", (event) => (leaving = event.target));
    addEventListener("beforeunload", (event) => {
      const ask = () => forms().some((form) => form !== leaving && unsaved(form));
      if (!quiet && !document.documentElement.hidden && ask()) event.preventDefault();
      leaving = null; // a person who stays may change something else
    });
  });
}
