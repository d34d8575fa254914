// The messages of Chromium's DevTools and of WebDriver BiDi: JSON over one WebSocket, in which
// an answer has the number of its question.
import { once } from "node:events";
import WebSocket from "ws";

export class Protocol {
  static async open(url) {
    const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 1 << 28 });
    await once(socket, "open");
    return new Protocol(socket);
  }

  #socket;
  #last = 0;
  #asked = new Map(); // what is not answered yet, by number
  #heard = new Set(); // what is told of events

  constructor(socket) {
    this.#socket = socket;
    socket.on("message", (data) => this.#hear(JSON.parse(data)));
    socket.on("close", () => {
      for (const { reject } of this.#asked.values()) reject(new Error("the browser has gone"));
      this.#asked.clear();
    });
  }

  send(method, params = {}, more = {}) {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject, method });
      this.#socket.send(JSON.stringify({ id, method, params, ...more }));
    });
  }

  on(listener) {
    this.#heard.add(listener);
  }

  #hear(message) {
    if (message.id === undefined) return this.#heard.forEach((listener) => listener(message));
    const asked = this.#asked.get(message.id);
    this.#asked.delete(message.id);
    if (!message.error) return asked?.resolve(message.result);
    const why = message.error.message ?? `${message.error}: ${message.message}`;
    asked?.reject(new Error(`${asked.method}: ${why}`));
  }
}
