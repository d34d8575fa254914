// The connection: the socket, and what is still to be sent over it.

const MAX_UNSENT = 50;
const FIRST_RETRY = 500; // ms, doubled each time
const LAST_RETRY = 15_000; // ms
const SILENCE = 45_000; // ms; the server speaks every 20 s
const POLICY_VIOLATION = 1008; // the server will not have this token again

// Not crypto.randomUUID: that one is missing on a page without https.
const randomId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");

// The unsent messages outlive a reload, for the same customer in the same tab.
// Whose they are stands in the token; the server alone judges whether it is true.
const unsentStore = (token) => {
  let key = "";
  try {
    const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    key = `caramelo-sandbox:${JSON.parse(atob(payload)).sub}`;
  } catch {
    // Not a token we can read: the server will refuse it.
  }
  return {
    load() {
      try {
        const kept = JSON.parse(sessionStorage.getItem(key));
        return Array.isArray(kept) ? kept.filter((m) => typeof m.ref === "string" && typeof m.text === "string") : [];
      } catch {
        return []; // storage may be switched off
      }
    },
    save(messages) {
      try {
        if (messages.length && key) sessionStorage.setItem(key, JSON.stringify(messages.slice(-MAX_UNSENT)));
        else sessionStorage.removeItem(key);
      } catch {
        // They still live as long as the page.
      }
    },
  };
};

// connect keeps a socket open and calls on.state, on.hello, on.message,
// on.typing and on.refused.
const connect = (origin, token, project, on) => {
  const store = unsentStore(token);
  const unsent = store.load();
  let socket = null;
  let session = "";
  let online = false;
  let ended = false;
  let paused = false;
  let retries = 0;
  let retryTimer = 0;
  let silenceTimer = 0;

  const transmit = (m) => socket.send(JSON.stringify({ type: "message", ref: m.ref, text: m.text }));
  const settle = (ref) => {
    const i = unsent.findIndex((m) => m.ref === ref);
    if (i < 0) return;
    unsent.splice(i, 1);
    store.save(unsent);
  };

  const receive = (data) => {
    switch (data.type) {
      case "hello":
        session = data.session;
        online = true;
        retries = 0;
        on.hello(data);
        on.state("online");
        data.history.forEach((m) => settle(m.ref));
        unsent.forEach(transmit);
        break;
      case "message":
        settle(data.message.ref);
        on.message(data.message);
        break;
      case "typing":
        on.typing();
        break;
      case "error":
        settle(data.ref);
        on.refused(data.ref, data.detail);
        break;
    }
  };

  const lost = (code, reason) => {
    socket = null;
    online = false;
    clearTimeout(silenceTimer);
    if (code === POLICY_VIOLATION) {
      ended = true;
      console.warn(`Caramelo sandbox: the server refused the connection token (${reason}). Reload the page for a new one.`);
      on.state("ended");
      return;
    }
    if (paused) return;
    on.state("offline");
    // Between half and all of the wait, so that many pages do not return at once.
    const wait = Math.min(LAST_RETRY, FIRST_RETRY * 2 ** retries++) * (0.5 + Math.random() / 2);
    retryTimer = setTimeout(open, wait);
  };

  const open = () => {
    clearTimeout(retryTimer);
    if (socket || ended || paused) return;
    let mine;
    try {
      mine = new WebSocket(`${origin.replace(/^http/, "ws")}/ws`);
    } catch {
      lost(0, ""); // the page's policy forbids it
      return;
    }
    socket = mine;
    const alive = () => {
      clearTimeout(silenceTimer);
      silenceTimer = setTimeout(() => drop(), SILENCE);
    };
    // A dead network may take minutes to report the close: do not wait for it.
    const drop = () => {
      if (socket !== mine) return;
      mine.close();
      lost(0, "");
    };
    alive();
    mine.addEventListener("open", () => {
      if (socket === mine) mine.send(JSON.stringify({ type: "auth", token, project_id: project, session }));
    });
    mine.addEventListener("message", (e) => {
      if (socket !== mine) return;
      alive();
      receive(JSON.parse(e.data));
    });
    mine.addEventListener("close", (e) => {
      if (socket === mine) lost(e.code, e.reason);
    });
  };

  addEventListener("online", open);
  // A page put aside by the browser must not hold a socket; one brought back
  // needs one again.
  addEventListener("pagehide", () => {
    paused = true;
    socket?.close();
  });
  addEventListener("pageshow", () => {
    if (!paused) return;
    paused = false;
    socket = null;
    if (!ended) on.state("offline");
    open();
  });

  return {
    open,
    unsent: () => [...unsent],
    send(text) {
      const m = { ref: randomId(), text };
      unsent.push(m);
      store.save(unsent);
      if (online) transmit(m);
      return m;
    },
  };
};
