// A home page that shows what the intranet's shows, as an experienced Express developer would
// write it: a pool, prepared statements that fetch what the page shows and no more, all lists at
// once, the call to Caramelo beside them, one template. It reads the intranet's own tables.
import { createHash } from "node:crypto";
import express from "express";
import pg from "pg";

const { CARAMELO_API_URL, CARAMELO_SECRET_TOKEN, CARAMELO_PROJECT_ID, PAGE_BYTES } = process.env;

const pool = new pg.Pool({ max: 8 }); // PGHOST, PGPORT, PGUSER, PGDATABASE
const query = async (name, text, values) => (await pool.query({ name, text, values })).rows;

const session = (token) => query("session", `
	SELECT p.id, p.name, p.email, p.lang, p.time_zone, coalesce(p.department, '') AS department,
		coalesce(d.names->>p.lang, d.names->>'en', '') AS department_name
	FROM sessions s JOIN people p ON p.id = s.person_id LEFT JOIN departments d ON d.slug = p.department
	WHERE s.token_hash = $1 AND s.revoked_at IS NULL AND s.expires_at > now()
		AND p.active AND p.session_version = s.version`,
	[createHash("sha256").update(token).digest()]);

const published = "coalesce(n.published_at <= now(), false)";
const isFor = `(NOT EXISTS (SELECT FROM news_departments t WHERE t.news_id = n.id)
	OR EXISTS (SELECT FROM news_departments t WHERE t.news_id = n.id AND t.department = $2))`;
const inLanguage = (kind, id) => `JOIN ${kind}_texts t ON t.${id} = n.id AND t.lang = CASE WHEN EXISTS (
	SELECT FROM ${kind}_texts x WHERE x.${id} = n.id AND x.lang = $1) THEN $1 ELSE n.lang END`;

const lists = (p) => Promise.all([
	query("news", `
		SELECT n.slug, t.lang, t.title, t.summary, coalesce(a.name, '') AS author, n.pinned, n.published_at,
			ARRAY(SELECT coalesce(d.names->>$1, d.names->>'en') FROM news_departments x
				JOIN departments d ON d.slug = x.department WHERE x.news_id = n.id ORDER BY 1) AS departments,
			n.must_read, (SELECT a.at FROM news_acknowledgements a
				WHERE a.news_id = n.id AND a.edition = n.edition AND a.person_id = $3) AS confirmed_at
		FROM news n ${inLanguage("news", "news_id")} LEFT JOIN people a ON a.id = n.author_id
		WHERE ${published} AND ${isFor}
		ORDER BY n.pinned DESC, n.published_at DESC, n.id DESC LIMIT 6`, [p.lang, p.department, p.id]),
	query("news_due", `
		SELECT n.slug, t.lang, t.title FROM news n ${inLanguage("news", "news_id")}
		WHERE n.must_read AND ${published} AND ${isFor} AND NOT EXISTS (SELECT FROM news_acknowledgements a
			WHERE a.news_id = n.id AND a.edition = n.edition AND a.person_id = $3)
		ORDER BY n.published_at, n.id LIMIT 6`, [p.lang, p.department, p.id]),
	query("policies_due", `
		SELECT n.slug, t.lang, t.title FROM policies n ${inLanguage("policies", "policy_id")}
		WHERE n.must_read AND n.published_at IS NOT NULL AND NOT EXISTS (SELECT FROM policies_acknowledgements a
			WHERE a.policy_id = n.id AND a.edition = n.edition AND a.person_id = $2)
		ORDER BY n.published_at, n.id LIMIT 6`, [p.lang, p.id]),
	query("events", `
		SELECT e.id, e.lang, e.title, l.begins, l.ends FROM events e CROSS JOIN LATERAL (
			SELECT coalesce(e.starts_at, e.first_day::timestamp AT TIME ZONE $1::text) AS begins,
				coalesce(e.ends_at, (e.last_day + 1)::timestamp AT TIME ZONE $1::text) AS ends) l
		WHERE l.ends > now() ORDER BY l.begins, e.id LIMIT 4`, [p.time_zone]),
	query("colleagues", `
		SELECT p.id, p.name, p.title, coalesce(d.names->>$1, d.names->>'en', '') AS department
		FROM people p LEFT JOIN departments d ON d.slug = p.department
		WHERE p.active AND p.created_at > now() - interval '60 days' AND p.id <> $2
		ORDER BY p.created_at DESC, p.id LIMIT 4`, [p.lang, p.id]),
	query("links", `SELECT url, coalesce(labels->>$1, labels->>'en') AS label FROM links ORDER BY position`, [p.lang]),
]);

async function token(p) {
	const response = await fetch(`${CARAMELO_API_URL}/api/chatbox/project/${CARAMELO_PROJECT_ID}/intranet-auth`, {
		method: "POST",
		redirect: "manual", // with "error" Node may lose the time limit of the body
		signal: AbortSignal.timeout(3000),
		headers: { "Content-Type": "application/json" },
		body: JSON.stringify({
			secret_token: CARAMELO_SECRET_TOKEN,
			external_customer_id: p.id,
			name: p.name,
			email: p.email,
			lang: p.lang,
		}),
	});
	if (response.status !== 200) {
		throw new Error(`status ${response.status}`);
	}
	return (await response.json()).real_time_access_token;
}

const escapes = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };
const html = (text) => String(text).replace(/[&<>"']/g, (c) => escapes[c]);
const script = (value) => JSON.stringify(value).replace(/[<\u2028\u2029]/g, (c) =>
	"\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
const formats = new Map();
function when(at, p) {
	const key = p.lang + p.time_zone;
	if (!formats.has(key)) {
		formats.set(key, new Intl.DateTimeFormat(p.lang, { dateStyle: "medium", timeStyle: "short", timeZone: p.time_zone }));
	}
	return formats.get(key).format(at);
}

const page = (p, [news, newsDue, policiesDue, events, colleagues, links], token) => `<!doctype html>
<html lang="${p.lang}"><head><meta charset="utf-8"><title>Home</title></head><body>
<main><h1>Good morning, ${html(p.name)}</h1>
<ul>${[...newsDue, ...policiesDue].map((d) => `<li lang="${d.lang}"><a href="/news/${d.slug}">${html(d.title)}</a></li>`).join("")}</ul>
${news.map((n) => `<article lang="${n.lang}"><h3><a href="/news/${n.slug}">${html(n.title)}</a></h3>
<p>${html(n.summary)}</p><div>${html(n.author)} <time datetime="${n.published_at.toISOString()}">${when(n.published_at, p)}</time>
${n.departments.map(html).join(", ")} ${n.must_read ? (n.confirmed_at ? "confirmed" : "please confirm") : ""}</div></article>`).join("")}
<ul>${events.map((e) => `<li lang="${e.lang}"><a href="/events/${e.id}">${html(e.title)} ${when(e.begins, p)}</a></li>`).join("")}</ul>
<ul>${colleagues.map((c) => `<li><a href="/people/${c.id}">${html(c.name)}</a> ${html(c.title)} ${html(c.department)}</li>`).join("")}</ul>
<ul>${links.map((l) => `<li><a href="${html(l.url)}">${html(l.label)}</a></li>`).join("")}</ul>
<p>${html(p.department_name)}</p></main>
<script>var carameloaiChatbot = {secure_connection_token: ${script(token)}, project_id: ${script(CARAMELO_PROJECT_ID)}};</script>
<script src="https://static.carameloai.com/sdk/latest/authenticated.js"></script>
`;
const end = "</body></html>\n";

const app = express();
app.disable("etag");

app.get("/", async (req, res) => {
	const [p] = await session(/session=(\w+)/.exec(req.headers.cookie ?? "")?.[1] ?? "");
	if (!p) {
		res.redirect("/login");
		return;
	}
	const [found, secret] = await Promise.all([lists(p), token(p)]);
	const body = page(p, found, secret);
	// What the intranet's navigation, icons and markup have more of.
	res.set("Cache-Control", "no-store").type("html").send(body.padEnd(PAGE_BYTES - end.length, " ") + end);
});

const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
