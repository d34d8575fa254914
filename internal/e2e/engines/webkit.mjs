// WebKit: the small browser that comes with WebKitGTK, by plain WebDriver, on a display of
// its own. A session of the driver is a browser, so that a profile is one.
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { hand } from "./actions.mjs";
import { start } from "./process.mjs";

// Its toolbar is wider than the narrowest page otherwise.
const small = "* { padding: 0; margin: 0; min-width: 0; min-height: 0; border-width: 0; font-size: 1px }";

export async function launch({ program, browser, xvfb, folder, scheme, scripts }) {
  await mkdir(`${folder}/gtk-3.0`, { recursive: true });
  await writeFile(`${folder}/gtk-3.0/gtk.css`, small);
  const screen = ["-screen", "0", "2600x1000x24", "-nolisten", "tcp", "-displayfd", "3"];
  const display = await start(xvfb, screen, { pattern: /^(\d+)$/, from: 3 });
  const env = {
    DISPLAY: ":" + display.found[1],
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1", // as root its sandbox does not start
    LIBGL_ALWAYS_SOFTWARE: "1",
    NO_AT_BRIDGE: "1",
    XDG_CONFIG_HOME: folder,
    GTK_THEME: scheme === "dark" ? "Adwaita:dark" : "Adwaita",
  };
  return {
    async profile() {
      const session = await newSession({ program, browser, env, scripts });
      let first = session.first;
      let tabs = 0;
      return {
        async newTab() {
          // A window, because WebDriver cannot click in the browser's second tab.
          const handle = first ?? (await session.ask("POST", "/window/new", { type: "window" })).handle;
          first = undefined;
          // Beside each other, so that none covers another. The first one has the mouse above it,
          // which gives it the focus on a display without a window manager.
          return newTab(session, handle, tabs++ === 0 ? 1290 : 0);
        },
        close: session.stop,
      };
    },
    stop: display.stop,
  };
}

// A port that nobody has now. The driver has no way to say which one it took.
async function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function newSession({ program, browser, env, scripts }) {
  const port = await freePort();
  const driver = await start(program, [`--port=${port}`, "--host=127.0.0.1"], { env });
  let base = `http://127.0.0.1:${port}`;
  const ask = async (method, path, body) => {
    const answer = await fetch(base + path, {
      method,
      signal: AbortSignal.timeout(10_000), // it answers at once, or not at all
      ...(body && { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
    });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
    return value;
  };
  const until = Date.now() + 15_000;
  while (!(await ask("GET", "/status").then((s) => s.ready, () => false))) {
    if (Date.now() > until) throw new Error("WebKitWebDriver does not answer");
    await new Promise((again) => setTimeout(again, 20));
  }
  const args = ["--automation", ...(scripts ? [] : ["--enable-javascript=false"])];
  const { sessionId } = await ask("POST", "/session", {
    capabilities: {
      alwaysMatch: {
        pageLoadStrategy: "none",
        unhandledPromptBehavior: "accept",
        "webkitgtk:browserOptions": { binary: browser, args },
      },
    },
  });
  base += "/session/" + sessionId;
  return {
    ask,
    first: await ask("GET", "/window"),
    async stop() {
      await ask("DELETE", "").catch(() => {});
      await driver.stop();
    },
  };
}

function newTab(session, handle, x) {
  // A command is for the tab that was named last.
  const ask = async (method, path, body) => {
    if (session.current !== handle) {
      await session.ask("POST", "/window", { handle });
      session.current = handle;
    }
    return session.ask(method, path, body);
  };
  return {
    ...hand((actions) => ask("POST", "/actions", { actions })),
    front: () => ask("GET", "/window"),
    begin: (url) => ask("POST", "/url", { url }),
    evaluate: (expression) => ask("POST", "/execute/sync", { script: "return " + expression, args: [] }),
    back: () => ask("POST", "/back", {}),
    reload: () => ask("POST", "/refresh", {}),
    async size(width, height) {
      await ask("POST", "/window/rect", { x, y: 0, width, height });
      const [w, h] = await ask("POST", "/execute/sync", { script: "return [innerWidth, innerHeight]", args: [] });
      await ask("POST", "/window/rect", { width: 2 * width - w, height: 2 * height - h });
    },
  };
}
