// The full example of the vendor's guide, in Express, as trivial as it is there. Who is signed in
// is what the cookie says; nothing is looked up.
import express from "express";

const { CARAMELO_API_URL, CARAMELO_SECRET_TOKEN, CARAMELO_PROJECT_ID } = process.env;

const app = express();

app.get("/", async (req, res) => {
	const id = /session=(\w+)/.exec(req.headers.cookie ?? "")?.[1] ?? "nobody";
	const user = { id, name: "Ana Souza", email: "ana@example.com" };
	const response = await fetch(`${CARAMELO_API_URL}/api/chatbox/project/${CARAMELO_PROJECT_ID}/intranet-auth`, {
		method: "POST",
		headers: { "Content-Type": "application/json" },
		body: JSON.stringify({
			secret_token: CARAMELO_SECRET_TOKEN,
			external_customer_id: user.id,
			name: user.name,
			email: user.email,
		}),
	});
	const data = await response.json();
	res.send(`
		<html>
		<head><title>My Intranet</title></head>
		<body>
			<h1>Welcome, ${user.name}</h1>
			<script>
				var carameloaiChatbot = {
					secure_connection_token: "${data.real_time_access_token}",
					project_id: "${CARAMELO_PROJECT_ID}"
				};
			</script>
			<script src="https://static.carameloai.com/sdk/latest/authenticated.js"></script>
		</body>
		</html>
	`);
});

const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
