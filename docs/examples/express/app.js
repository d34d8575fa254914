// An intranet with Caramelo's assistant, in Express 5. ../README.md says how to start it.
import { randomBytes } from "node:crypto";
import escapeHtml from "escape-html";
import express from "express";
import session from "express-session";

const {
  PORT = "3000",
  CARAMELO_API_URL = "https://api.carameloai.com",
  CARAMELO_SDK_URL = "https://static.carameloai.com/sdk/latest/authenticated.js",
  CARAMELO_ORIGINS = "https://*.carameloai.com wss://*.carameloai.com",
  CARAMELO_PROJECT_ID,
  CARAMELO_SECRET_TOKEN,
} = process.env;
if (!CARAMELO_PROJECT_ID || !CARAMELO_SECRET_TOKEN) {
  throw new Error("Set CARAMELO_PROJECT_ID and CARAMELO_SECRET_TOKEN.");
}

// In place of your own people and their passwords. One has a name that breaks a page which does not escape it.
const PASSWORD = "demo";
const people = new Map(Object.entries({
  ana: { id: 7, name: "Ana Souza", email: "ana@example.com", lang: "pt" },
  bo: { id: 8, name: "Bo Larsen", email: "bo@example.com", lang: "en" },
  zoe: { id: 9, name: `Zoe <b>"O'Neil"</b></script>`, email: "zoe@example.com", lang: "es" },
}));

// ---- The call ----

const endpoint = `${CARAMELO_API_URL}/api/chatbox/project/${encodeURIComponent(CARAMELO_PROJECT_ID)}/intranet-auth`;

// Returns null where there is no token, and never throws: the page is whole without a chat.
async function fetchToken(person) {
  let status = "none";
  try {
    const res = await fetch(endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        secret_token: CARAMELO_SECRET_TOKEN,
        external_customer_id: String(person.id),
        name: person.name,
        email: person.email,
        lang: person.lang,
      }),
      redirect: "manual", // followed it would take the secret along; "error" may lose the time limit
      signal: AbortSignal.timeout(3000), // for everything, the body too
    });
    status = res.status;
    if (status !== 200) throw new Error("not a 200");
    const chunks = [];
    let size = 0;
    for await (const chunk of res.body) {
      size += chunk.length;
      if (size > 64 * 1024) throw new Error("too long");
      chunks.push(chunk);
    }
    const token = JSON.parse(Buffer.concat(chunks)).real_time_access_token;
    if (typeof token !== "string" || !token.trim()) throw new Error("no token");
    return token;
  } catch (err) {
    // Not the message: that of JSON.parse quotes the answer, which may hold the secret.
    console.error(`No chat: ${err.cause?.code ?? err.name}, status ${status}`);
    return null;
  }
}

// ---- The pages ----

const strictPolicy = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

// What a widget needs, and inline scripts by nonce alone.
const chatPolicy = (nonce) => [
  strictPolicy,
  `script-src 'nonce-${nonce}' ${CARAMELO_ORIGINS}`,
  `style-src 'self' 'unsafe-inline' ${CARAMELO_ORIGINS}`,
  `img-src 'self' data: blob: ${CARAMELO_ORIGINS}`,
  `font-src 'self' data: ${CARAMELO_ORIGINS}`,
  `connect-src 'self' ${CARAMELO_ORIGINS}`,
  `media-src data: blob: ${CARAMELO_ORIGINS}`,
  `frame-src ${CARAMELO_ORIGINS}`,
  `worker-src blob: ${CARAMELO_ORIGINS}`,
].join("; ");

const top = (title) => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title></head>
<body>
`;
const end = "</body>\n</html>\n";

const loginPage = (message) => `${top("Sign in")}<main>
<h1>Sign in</h1>
<p>A demo: ana, bo or zoe, with the password ${PASSWORD}.</p>
<p role="alert">${message}</p>
<form method="post" action="/login">
<p><label>Name <input name="user" autocomplete="username" required></label></p>
<p><label>Password <input type="password" name="password" autocomplete="current-password" required></label></p>
<button>Sign in</button>
</form>
</main>
${end}`;

const errorPage = (text) => `${top("Error")}<main><h1>${text}</h1><p><a href="/">Home</a></p></main>\n${end}`;

const homePage = (person, nonce) => `${top("Home")}<main>
<h1>Welcome, ${escapeHtml(person.name)}</h1>
<p>The canteen has soup and bread today.</p>
<form method="post" action="/logout"><button>Sign out</button></form>
</main>
<script nonce="${nonce}">
// A page from the back/forward cache has a used token, perhaps of another person.
addEventListener("pagehide", (event) => { document.documentElement.hidden = event.persisted; });
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
</script>
`;

function tail(token, nonce) {
  if (!token) {
    return `<p role="status">The chat is not available.
Write to <a href="mailto:help@example.com">help@example.com</a>.</p>\n${end}`;
  }
  const chat = JSON.stringify({ secure_connection_token: token, project_id: CARAMELO_PROJECT_ID });
  return `<script nonce="${nonce}">var carameloaiChatbot = ${chat.replace(/</g, "\\u003c")};</script>
<script nonce="${nonce}" src="${escapeHtml(CARAMELO_SDK_URL)}"></script>
${end}`;
}

// ---- The app ----

const app = express();
app.disable("x-powered-by");
app.use((req, res, next) => {
  res.set({ "Cache-Control": "no-store", "Content-Security-Policy": strictPolicy });
  next();
});
// A form of another site has another Origin. SameSite alone lets sibling subdomains through, and the sign-in.
app.use((req, res, next) => {
  if (req.method !== "POST" || req.get("Origin")?.replace(/^https?:\/\//, "") === req.get("Host")) next();
  else res.status(403).send(errorPage("This form came from another site"));
});
app.use(express.urlencoded({ extended: false, limit: "10kb" }));
app.use(session({ // kept in memory: give it a store that lasts
  secret: randomBytes(32).toString("hex"),
  resave: false,
  saveUninitialized: false,
  cookie: { sameSite: "lax", secure: "auto" },
}));

app.get("/login", (req, res) => {
  if (people.has(req.session.user)) res.redirect("/");
  else res.send(loginPage(""));
});

app.post("/login", (req, res, next) => {
  const { user, password } = req.body ?? {};
  if (!people.has(user) || password !== PASSWORD) {
    return res.status(422).send(loginPage("The name or the password is wrong."));
  }
  req.session.regenerate((err) => { // a new session: nobody can have planted its id
    if (err) return next(err);
    req.session.user = user;
    res.redirect(303, "/");
  });
});

app.post("/logout", (req, res, next) => {
  req.session.destroy((err) => {
    if (err) return next(err);
    res.clearCookie("connect.sid").set("Clear-Site-Data", '"storage"').redirect(303, "/login");
  });
});

app.get("/", async (req, res) => {
  const person = people.get(req.session.user);
  if (!person) return res.redirect("/login");
  // Browsers ask again when somebody wants the page that they fetched in advance.
  if (/prefetch|prerender/.test(`${req.get("Sec-Purpose")} ${req.get("Purpose")}`)) return res.status(503).end();
  const nonce = randomBytes(16).toString("base64");
  const page = homePage(person, nonce); // first what can fail
  res.set({ "Content-Security-Policy": chatPolicy(nonce), "X-Accel-Buffering": "no" }).type("html");
  if (req.method === "HEAD") return res.end(); // Express runs the handler of GET for it
  const token = fetchToken(person); // started, not awaited
  res.write(page); // all of it, up to the tail; with compression() also res.flush()
  res.end(tail(await token, nonce));
});

app.use((req, res) => res.status(404).send(errorPage("There is no such page")));
app.use((err, req, res, next) => {
  console.error(err);
  if (res.headersSent) return next(err);
  res.status(err.status ?? 500).send(errorPage("Something went wrong"));
});

const server = app.listen(PORT, "127.0.0.1", (err) => {
  if (err) throw err;
  console.log(`Listening on http://127.0.0.1:${server.address().port}`);
});
