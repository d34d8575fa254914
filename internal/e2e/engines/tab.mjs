// What the journeys do in a tab, the same in each engine. An engine has only to open an address,
// evaluate an expression, press and type.
import assert from "node:assert/strict";

const patience = 15_000; // ms for one condition
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

// The page's side: $ finds in the page, chat in the widget, as in the tests in Go.
const prelude = `const $ = (s) => document.querySelector(s), $$ = (s) => [...document.querySelectorAll(s)];
const text = (s) => $(s).textContent.trim();
const host = $("caramelo-sandbox-chat"), chat = (s) => host.shadowRoot.querySelector(s);
const online = () => host.dataset.state === "online";
const said = (from) =>
  [...host.shadowRoot.querySelectorAll(".message[data-from=" + from + "] p")].map((p) => p.textContent);
const visible = (e) =>
  e.checkVisibility({visibilityProperty: true, opacityProperty: true}) && e.getClientRects().length > 0;
const complete = (path) => location.pathname === path && document.readyState === "complete";
`;

// everything is all that there is to see and to read on a page.
const everything = `(() => { const texts = [document.title];
  const read = (root) => { for (const e of root.querySelectorAll("*")) {
    if (e.matches("input, textarea")) texts.push(e.value);
    if (e.shadowRoot) { texts.push(e.shadowRoot.textContent); read(e.shadowRoot) } } };
  read(document); texts.push(document.documentElement.outerHTML); return texts.join("\\n") })()`;

export class Tab {
  #engine;
  #url;
  #scripts;

  constructor(engine, { url, scripts }) {
    this.#engine = engine;
    this.#url = url;
    this.#scripts = scripts;
  }

  // ask returns the value of an expression in the page. It waits for nothing where the page may
  // run no script: no promise would be kept there.
  async ask(expression) {
    const how = this.#scripts ? "async " : "";
    const script = `(${how}() => { ${prelude} return JSON.stringify((${expression}) ?? null) })()`;
    return JSON.parse(await this.#engine.evaluate(script));
  }

  // until waits for a condition in the page, also while it is being left.
  async until(condition) {
    const question = `(() => { try { return Boolean(${condition}) } catch { return false } })()`;
    let last;
    for (const end = Date.now() + patience; Date.now() < end; await wait(30)) {
      last = await this.ask(question).catch((error) => error.message);
      if (last === true) return;
    }
    const page = `location.href + " " + document.readyState + " " + document.body.innerText.slice(0, 600)`;
    const seen = await this.ask(page).catch((error) => error.message);
    assert.fail(`never: ${condition}\n${last}\n--- page: ${seen}`);
  }

  // leave does what brings another page, and waits for that one.
  async leave(step) {
    await this.ask("window.stale = true").catch(() => {}); // a page that comes back whole still is
    await step();
    await this.until(`!window.stale && document.readyState === "complete"`);
  }

  // begin opens a path and does not wait.
  async begin(path) {
    await this.#engine.front();
    await this.#engine.begin(this.#url + path);
  }

  async open(path) {
    await this.leave(() => this.begin(path));
  }

  async back() {
    await this.#engine.front();
    await this.leave(() => this.#engine.back());
  }

  async reload() {
    await this.leave(() => this.#engine.reload());
  }

  // click clicks in the middle of an element, given as an expression, as soon as a person could.
  // Several times is one step: a page that is being left answers no question.
  async click(element, times = 1) {
    await this.#engine.front();
    await this.until(`(() => {
      const e = ${element};
      e.scrollIntoView({block: "nearest"});
      const r = e.getBoundingClientRect();
      const hit = e.getRootNode().elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
      return hit && (e.contains(hit) || hit.contains(e) && e.closest("label, a, button") === hit);
    })()`);
    await this.painted();
    // Once more: what has come into the page meanwhile may have moved it off the screen.
    const { x, y, width, height } = await this.ask(`(() => {
      const e = ${element};
      e.scrollIntoView({block: "nearest"});
      return e.getBoundingClientRect();
    })()`);
    await this.#engine.press(x + width / 2, y + height / 2, times);
  }

  // painted returns when all of the page has been drawn: browsers drop what is pressed before.
  async painted() {
    if (!this.#scripts) return;
    await this.ask(`await Promise.race([
      new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))),
      new Promise((done) => setTimeout(done, 1000))])`);
  }

  // fill types into a field in place of what is there.
  async fill(field, text) {
    await this.click(`$("${field}")`);
    await this.until(`document.activeElement === $("${field}")`);
    await this.ask(`$("${field}").select()`);
    await this.#engine.type(text);
  }

  type = (text) => this.#engine.type(text);
  enter = () => this.#engine.enter();
  tabKey = () => this.#engine.tabKey();
  size = (width, height) => this.#engine.size(width, height);

  // token is the one that the page carries.
  async token() {
    await this.until(`typeof carameloaiChatbot === "object"`);
    return this.ask("carameloaiChatbot.secure_connection_token");
  }

  // without fails where one of these words is on the page.
  async without(...words) {
    await this.painted();
    const all = await this.ask(everything);
    const left = words.filter((word) => all.includes(word));
    assert.deepEqual(left, [], `left on ${await this.ask("location.href")}`);
  }
}
