// Firefox, by WebDriver BiDi, which it speaks itself.
import { mkdir, writeFile } from "node:fs/promises";
import { hand } from "./actions.mjs";
import { start } from "./process.mjs";
import { Protocol } from "./protocol.mjs";

export async function launch({ program, folder, scheme, scripts }) {
  await mkdir(folder, { recursive: true });
  const preferences = {
    "javascript.enabled": scripts,
    "layout.css.prefers-color-scheme.content-override": scheme === "dark" ? 0 : 1,
    "datareporting.policy.dataSubmissionEnabled": false,
    "app.update.enabled": false,
    "network.captive-portal-service.enabled": false,
    "browser.safebrowsing.downloads.remote.enabled": false,
  };
  const lines = Object.entries(preferences).map(([k, v]) => `user_pref(${JSON.stringify(k)}, ${v});\n`);
  await writeFile(`${folder}/user.js`, lines.join(""));
  const flags = ["--headless", "--no-remote", "--profile", folder, "--remote-debugging-port", "0"];
  const browser = await start(program, flags, { pattern: /WebDriver BiDi listening on (ws:\S+)/ });
  const protocol = await Protocol.open(browser.found[1] + "/session");
  await protocol.send("session.new", {
    capabilities: { alwaysMatch: { unhandledPromptBehavior: { beforeUnload: "accept", default: "ignore" } } },
  });
  return {
    async profile() {
      const { userContext } = await protocol.send("browser.createUserContext");
      return {
        newTab: () => newTab(protocol, userContext, scripts),
        close: () => protocol.send("browser.removeUserContext", { userContext }),
      };
    },
    async stop() {
      await protocol.send("browser.close").catch(() => {});
      await browser.stop(true);
    },
  };
}

async function newTab(protocol, userContext, scripts) {
  const { context } = await protocol.send("browsingContext.create", { type: "tab", userContext });
  // Where the page may run no script, a sandbox of ours still may.
  const target = scripts ? { context } : { context, sandbox: "tests" };
  return {
    ...hand((actions) => protocol.send("input.performActions", { context, actions })),
    front: () => protocol.send("browsingContext.activate", { context }),
    begin: (url) => protocol.send("browsingContext.navigate", { context, url, wait: "none" }),
    async evaluate(expression) {
      const question = { expression, target, awaitPromise: true, resultOwnership: "none" };
      const answer = await protocol.send("script.evaluate", question);
      if (answer.type === "exception") throw new Error(answer.exceptionDetails.text);
      return answer.result.value;
    },
    back: () => protocol.send("browsingContext.traverseHistory", { context, delta: -1 }),
    reload: () => protocol.send("browsingContext.reload", { context, wait: "none" }),
    size: (width, height) =>
      protocol.send("browsingContext.setViewport", { context, viewport: { width, height } }),
  };
}
