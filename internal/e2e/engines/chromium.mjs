// Chromium, by its DevTools protocol.
import { setTimeout as pause } from "node:timers/promises";
import { between } from "./actions.mjs";
import { start } from "./process.mjs";
import { Protocol } from "./protocol.mjs";

export async function launch({ program, folder, scheme, scripts }) {
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"];
  flags.push("--disable-background-networking", "--disable-component-update", "--disable-sync");
  flags.push(`--user-data-dir=${folder}`, "--remote-debugging-port=0", "about:blank");
  const browser = await start(program, flags, { pattern: /DevTools listening on (ws:\S+)/ });
  const protocol = await Protocol.open(browser.found[1]);
  return {
    // A profile has cookies and a storage of its own, and tabs.
    async profile() {
      const { browserContextId } = await protocol.send("Target.createBrowserContext");
      return {
        newTab: () => newTab(protocol, browserContextId, scheme, scripts),
        close: () => protocol.send("Target.disposeBrowserContext", { browserContextId }),
      };
    },
    async stop() {
      await protocol.send("Browser.close").catch(() => {});
      await browser.stop(true);
    },
  };
}

async function newTab(protocol, browserContextId, scheme, scripts) {
  const { targetId } = await protocol.send("Target.createTarget", { url: "about:blank", browserContextId });
  const { sessionId } = await protocol.send("Target.attachToTarget", { targetId, flatten: true });
  const send = (method, params) => protocol.send(method, params, { sessionId });
  const mouse = (type, x, y) =>
    send("Input.dispatchMouseEvent", { type, x, y, button: "left", clickCount: 1 });
  let asked = 0;
  protocol.on((event) => {
    if (event.sessionId !== sessionId || event.method !== "Page.javascriptDialogOpening") return;
    asked++;
    void send("Page.handleJavaScriptDialog", { accept: true });
  });
  await send("Page.enable");
  await send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
  await send("Emulation.setScriptExecutionDisabled", { value: !scripts });
  await send("Emulation.setFocusEmulationEnabled", { enabled: true });
  return {
    asked: () => asked, // how often the browser asked before it left a page
    front() {}, // each tab is, see setFocusEmulationEnabled
    begin: (url) => send("Page.navigate", { url }),
    async evaluate(expression) {
      const options = { expression, awaitPromise: true, returnByValue: true };
      const { result, exceptionDetails: failed } = await send("Runtime.evaluate", options);
      if (failed) throw new Error(failed.exception?.description ?? failed.text);
      return result.value;
    },
    async press(x, y, times) {
      for (let n = 0; n < times; n++) {
        if (n > 0) await pause(between);
        await mouse("mousePressed", x, y);
        await mouse("mouseReleased", x, y);
      }
    },
    type: (text) => send("Input.insertText", { text }),
    async enter() {
      const key = { key: "Enter", code: "Enter", windowsVirtualKeyCode: 13, text: "\r" };
      await send("Input.dispatchKeyEvent", { type: "keyDown", ...key });
      await send("Input.dispatchKeyEvent", { type: "keyUp", ...key });
    },
    async tabKey() {
      const key = { key: "Tab", code: "Tab", windowsVirtualKeyCode: 9 };
      await send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...key });
      await send("Input.dispatchKeyEvent", { type: "keyUp", ...key });
    },
    async back() {
      const { currentIndex, entries } = await send("Page.getNavigationHistory");
      if (currentIndex > 0) {
        await send("Page.navigateToHistoryEntry", { entryId: entries[currentIndex - 1].id });
      }
    },
    reload: () => send("Page.reload"),
    size: (width, height) =>
      send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false }),
  };
}
