// The journeys that matter, in one engine: TestThreeEngines in ../engines_test.go starts this
// once for each, with an intranet of its own.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Tab } from "./tab.mjs";

const { url, vendor, control, engine, programs, folder, people } = JSON.parse(process.env.JOURNEYS);
const { launch } = await import(`./${engine}.mjs`);

// A browser for each way to look at pages, started when it is needed.
const browsers = new Map();
function browser({ scheme = "light", scripts = true } = {}) {
  const key = `${scheme}-${scripts ? "scripts" : "plain"}`;
  if (!browsers.has(key)) browsers.set(key, launch({ ...programs, folder: `${folder}/${key}`, scheme, scripts }));
  return browsers.get(key);
}
before(() => browser());
after(async () => {
  for (const started of browsers.values()) await (await started).stop();
});

// journey gives a test a profile in which nobody has been.
function journey(name, run, how) {
  test(name, { timeout: 120_000 }, async () => {
    const profile = await (await browser(how)).profile();
    const newTab = async () => {
      const tab = new Tab(await profile.newTab(), url);
      await tab.size(1280, 800);
      return tab;
    };
    try {
      await run(await newTab(), newTab);
    } finally {
      await profile.close();
    }
  });
}

// tell asks the Go test for something that no browser can do.
async function tell(what) {
  const answer = await fetch(`${control}/${what}`, { method: "POST" });
  assert.equal(answer.status, 204, what);
}

async function faults(set) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`${vendor}/sandbox/faults`, { method: "PUT", headers, body: JSON.stringify(set) });
  assert.equal(answer.status, 200);
}

// enter fills in the sign-in form of the current page.
async function enter(tab, who) {
  await tab.fill("#email", who.email);
  await tab.fill("#password", who.password);
  await tab.leave(() => tab.enter());
  await tab.until(`$(".account").dataset.person`);
}

async function signIn(tab, who, path = "/") {
  await tab.open("/login?next=" + encodeURIComponent(path));
  await enter(tab, who);
  await tab.until(`complete(${JSON.stringify(path)}) && text(".account-name") === ${JSON.stringify(who.name)}`);
}

async function signOut(tab) {
  await tab.leave(() => tab.click(`$(".account-leave")`));
  await tab.until(`complete("/login") && $("#email")`);
}

const question = "Como eu marco minhas férias?";

journey("sign in, chat, reload", async (tab) => {
  await tab.open("/people");
  await tab.until(`complete("/login")`);
  await tab.fill("#email", people.pt.email);
  await tab.fill("#password", "not the one");
  await tab.leave(() => tab.enter());
  await tab.until(`visible($("[role=alert]")) && $("#email").value === "${people.pt.email}"`);
  await enter(tab, people.pt);
  await tab.until(`complete("/people") && online()`);
  const tokens = [await tab.token()];

  await tab.click(`chat("#bubble")`);
  await tab.until(`!chat("#panel").hidden && said("assistant")[0].includes("${people.pt.name}")`);
  await tab.click(`chat("#input")`);
  await tab.type(question);
  await tab.enter();
  await tab.until(`said("person")[0] === "${question}" && said("assistant").length === 2`);

  await tab.reload();
  await tab.until(`online() && said("person").length === 1 && said("assistant").length === 2`);
  tokens.push(await tab.token());
  assert.notEqual(tokens[0], tokens[1]);
});
