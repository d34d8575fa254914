// The full example of the vendor's guide, with two addresses from the environment. What the
// guide leaves to Express and to the app's sign-in is at the end.
import { createServer } from "node:http";

const PROJECT_ID = "p_check";
const SECRET_TOKEN = process.env.CARAMELO_SECRET_TOKEN;

const app = express();

app.get("/my-intranet", async (req, res) => {
    // 1. Get data from the already logged-in user
    const user = req.user;

    // 2. Call the Caramelo API
    const response = await fetch(
        `${process.env.CARAMELO_API_URL}/api/chatbox/project/${PROJECT_ID}/intranet-auth`,
        {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({
                secret_token: SECRET_TOKEN,
                external_customer_id: user.id,
                name: user.name,
                email: user.email
            })
        }
    );

    const data = await response.json();
    const secureToken = data.real_time_access_token;

    // 3. Render the HTML with the injected token
    res.send(`
        <html>
        <head><title>My Intranet</title></head>
        <body>
            <h1>Welcome, ${user.name}</h1>

            <!-- Backend-generated token injection -->
            <script>
                var carameloaiChatbot = {
                    secure_connection_token: "${secureToken}",
                    project_id: "${PROJECT_ID}"
                };
            </script>
            <script src="${process.env.CARAMELO_API_URL}/sdk/latest/authenticated.js"></script>
        </body>
        </html>
    `);
});

const port = await app.listen();
console.log(port);

// express is as much of Express 5 as the example uses: it runs a handler of GET for HEAD, too,
// and answers 500 where one throws.
function express() {
    const users = {
        one: { id: "7", name: "Ana <b>O'Neil</b>", email: "ana@example.com" },
        two: { id: "8", name: "Bo", email: "bo@example.com" }
    };
    const handlers = {};
    const server = createServer(async (req, res) => {
        const handler = handlers[req.url];
        req.user = users[/session=(\w+)/.exec(req.headers.cookie ?? "")?.[1]];
        if (!handler || !req.user) {
            res.writeHead(handler ? 401 : 404).end();
            return;
        }
        res.send = (html) => {
            res.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
            res.end(req.method === "HEAD" ? undefined : html);
        };
        try {
            await handler(req, res);
        } catch {
            res.writeHead(500, { "Content-Type": "text/html; charset=utf-8" }).end("Internal Server Error");
        }
    });
    return {
        get: (path, handler) => { handlers[path] = handler; },
        listen: () => new Promise((resolve) => {
            server.listen(0, "127.0.0.1", () => resolve(server.address().port));
        })
    };
}
