// The connection: the socket, and the messages that are not sent yet.

const FIRST_RETRY = 500; // ms, doubled each time
const LAST_RETRY = 15_000; // ms
const POLICY_VIOLATION = 1008; // the server does not accept this token any more

const attempt = (f) => {
  try {
    return f();
  } catch {
    return undefined;
  }
};

// claimsOf reads the claims of the token. Only the server can verify them.
const claimsOf = (token) => {
  const decode = () => {
    const base64 = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return JSON.parse(atob(base64));
  };
  return attempt(decode) ?? {};
};

// Not crypto.randomUUID, which browsers offer only on pages with https.
const randomId = () => crypto.getRandomValues(new Uint32Array(4)).join("-");

// connect keeps a socket open and calls on.state, on.history and on.message.
const connect = (origin, token, project, on) => {
  // Unsent messages are kept across a reload for the same customer in the same tab,
  // unless storage is switched off.
  const key = `caramelo-sandbox:${claimsOf(token).sub ?? randomId()}`;
  const unsent = attempt(() => JSON.parse(manner.storage().getItem(key))) ?? [];
  const save = () => attempt(() => manner.storage().setItem(key, JSON.stringify(unsent)));
  let socket = null;
  let session = "";
  let state = "connecting";
  let retries = 0;
  let timer = 0;

  const become = (next, reason) => {
    state = next;
    on.state(next, reason);
  };
  const transmit = (m) => socket.send(JSON.stringify({ type: "message", ref: m.ref, text: m.text }));
  const received = (m) => {
    const i = unsent.findIndex((u) => u.ref === m.ref);
    if (i < 0) return;
    unsent.splice(i, 1);
    save();
  };

  const lost = ({ code, reason }) => {
    socket = null;
    if (code === POLICY_VIOLATION) {
      console.warn(
        `Caramelo sandbox: the server ended the session or refused its token (${reason}). ` +
          "Reload the page for a new one.",
      );
      become("ended", reason);
      return;
    }
    become("offline");
    // Exponential backoff with jitter, so that many pages do not reconnect at the same time.
    const backoff = Math.min(LAST_RETRY, FIRST_RETRY * 2 ** retries++);
    timer = setTimeout(open, backoff * (0.5 + Math.random() / 2));
  };

  const open = () => {
    clearTimeout(timer);
    if (socket || state === "ended") return;
    socket = manner.socket(`${origin.replace(/^http/, "ws")}/ws`);
    socket.onopen = () => socket.send(JSON.stringify({ type: "auth", token, project_id: project, session }));
    socket.onclose = lost;
    socket.onmessage = (e) => {
      const data = JSON.parse(e.data);
      if (data.type === "message") {
        received(data.message);
        on.message(data.message);
        return;
      }
      session = data.session;
      retries = 0;
      data.history.forEach(received);
      on.history(data.history);
      become("online");
      unsent.forEach(transmit);
    };
  };
  addEventListener("online", open);
  on.state(state);
  on.history(unsent);
  open();

  return {
    send(text) {
      const m = { ref: randomId(), from: "person", text };
      unsent.push(m);
      save();
      if (state === "online") transmit(m);
      return m;
    },
  };
};
