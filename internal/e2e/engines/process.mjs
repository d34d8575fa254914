// Programs that the tests start. Whatever happens, they end with the tests: by themselves,
// and with this one's process group, which the Go test ends.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

// Standard input ends when the Go test was killed. All are of one group, of which this is the first.
process.stdin.on("end", () => process.kill(-process.pid, "SIGKILL"));
process.stdin.resume().unref();

const patience = 30_000; // ms for a browser to start

// start returns a program once one of its lines matches, which comes from standard error or from
// the file that the program was given beside; without a pattern as soon as it runs.
export async function start(command, args, { env = {}, pattern, from = 2 } = {}) {
  const stdio = ["ignore", "ignore", "pipe", "pipe"];
  const child = spawn(command, args, { stdio, env: { ...process.env, ...env } });
  const ended = once(child, "exit");
  const lines = [];
  const ready = new Promise((resolve, reject) => {
    const fail = (why) => reject(new Error(`${command} ${why}:\n${lines.slice(-20).join("\n")}`));
    const timer = setTimeout(fail, patience, "did not start");
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code) => fail(`ended with ${code}`));
    const done = (found) => {
      clearTimeout(timer);
      resolve(found);
    };
    if (!pattern) child.once("spawn", done);
    for (const fd of [2, 3]) {
      createInterface({ input: child.stdio[fd] }).on("line", (line) => {
        lines.push(line);
        const found = pattern && fd === from && line.match(pattern);
        if (found) done(found);
      });
    }
  });
  // Ends it if it does not end by itself, having been asked. The program may be a script, and
  // leave the pipes to what it has started.
  const stop = async (asked = false) => {
    if (!asked) child.kill();
    const hard = setTimeout(() => child.kill("SIGKILL"), 3_000);
    await ended;
    clearTimeout(hard);
    child.stdio.forEach((pipe) => pipe?.destroy());
  };
  try {
    return { found: await ready, stop };
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}
