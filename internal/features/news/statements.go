package news

import (
	"github.com/carameloai/intranet/internal/content"
	"github.com/carameloai/intranet/internal/store"
)

// kind are announcements where they are edited and confirmed.
var kind = content.Kind{
	Noun: "news",
	Pages: content.Pages{
		List: Index, Show: Show, Edit: Edit, DeleteTranslation: DeleteTranslation,
		Acknowledgement: Acknowledgement, Acknowledgements: Acknowledgements, Confirmed: Confirmed, Export: Export,
	},
	Words: content.Words{
		All: "news.title", New: "news.new", Change: "news.edit", Conflict: "news.conflict", Stored: "news.stored",
		Create: "form.save", Errors: "news.error.", Stale: "notice.news.conflict", Removed: "notice.news.translation",
	},
	FormClass: "news-form",
	SQL:       statements,
	Changed:   Changed,
	Exported:  Exported,
}

var statements = content.Statements{
	Lock: `LOCK TABLE news IN SHARE ROW EXCLUSIVE MODE`,
	FreeSlug: `
		SELECT c.slug FROM (
			SELECT 1 AS i, $1::text AS slug
			UNION ALL
			SELECT i, $1 || '-' || i
			FROM generate_series(2, 3 + (SELECT count(*) FROM news n WHERE n.slug LIKE $1 || '-%')) i
		) c
		WHERE c.slug <> 'new' AND NOT EXISTS (SELECT FROM news n WHERE n.slug = c.slug)
		ORDER BY c.i LIMIT 1`,
	Hold: `
		SELECT n.id, t.title, n.version FROM news n JOIN news_texts t ON t.news_id = n.id AND t.lang = n.lang
		WHERE n.slug = $1 FOR UPDATE OF n`,
	MoveOn: `UPDATE news SET version = version + 1 WHERE id = $1`,

	Texts: `
		SELECT t.lang, t.title, t.summary, t.body FROM news n JOIN news_texts t ON t.news_id = n.id
		WHERE n.slug = $1 ORDER BY t.lang <> n.lang, t.lang`,
	SetText: `
		INSERT INTO news_texts (news_id, lang, title, summary, body, plain) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (news_id, lang) DO UPDATE
		SET title = excluded.title, summary = excluded.summary, body = excluded.body, plain = excluded.plain`,
	DeleteText: `
		DELETE FROM news_texts t USING news n
		WHERE n.id = $1 AND t.news_id = n.id AND t.lang = $2 AND t.lang <> n.lang
		RETURNING t.title || ' (' || t.lang || ')'`,

	Asked: `
		SELECT n.id, n.edition FROM news n
		WHERE n.slug = $1 AND n.must_read AND coalesce(n.published_at <= now(), false)
			AND (NOT EXISTS (SELECT FROM news_departments t WHERE t.news_id = n.id)
				OR EXISTS (SELECT FROM news_departments t WHERE t.news_id = n.id AND t.department = $2))
		FOR KEY SHARE OF n`,
	Keep: `
		INSERT INTO news_confirmed (news_id, edition, digest, lang, title, summary, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
	Confirm: `
		INSERT INTO news_acknowledgements (news_id, edition, digest, person_id)
		VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
	Mine: `
		SELECT c.edition, c.digest, c.lang, c.title, c.summary, c.body, a.at
		FROM news n JOIN news_acknowledgements a ON a.news_id = n.id
		JOIN news_confirmed c ON c.news_id = n.id AND c.edition = a.edition AND c.digest = a.digest
		WHERE n.slug = $1 AND a.person_id = $2 ORDER BY c.edition DESC LIMIT $3`,
	Confirmed: `
		SELECT c.edition, c.digest, c.lang, c.title, c.summary, c.body, c.at
		FROM news n JOIN news_confirmed c ON c.news_id = n.id
		WHERE n.slug = $1 AND $2 IN (c.edition, 0) AND $3 IN (c.digest, '')
		ORDER BY c.edition DESC, c.at DESC, c.digest LIMIT 1`,
	AllConfirmed: `
		SELECT c.edition, c.digest, c.lang, c.title, '' AS summary, '' AS body, c.at
		FROM news n JOIN news_confirmed c ON c.news_id = n.id
		WHERE n.slug = $1 ORDER BY c.edition DESC, c.at DESC, c.digest LIMIT $2`,
	MustRead: `
		SELECT t.title FROM news n JOIN LATERAL (
			SELECT * FROM news_texts x WHERE x.news_id = n.id AND x.lang IN ($1, n.lang)
			ORDER BY (x.lang = $1) DESC LIMIT 1
		) t ON true
		WHERE n.slug = $2 AND n.must_read`,

	// An article is for the people of its departments, or for everybody where it has
	// none: two parts, each bounded, of which one is empty.
	Count: `
		SELECT count(*), count(a.person_id) FROM (
			SELECT n.id, n.edition, p.id AS person_id FROM news n CROSS JOIN LATERAL (
				(SELECT p.id FROM news_departments t CROSS JOIN LATERAL (
					SELECT p.id FROM people p
					WHERE p.active AND p.department = t.department ORDER BY p.name, p.id LIMIT $2
				) p WHERE t.news_id = n.id)
				UNION ALL
				(SELECT p.id FROM people p
				WHERE p.active AND NOT EXISTS (SELECT FROM news_departments t WHERE t.news_id = n.id)
				ORDER BY p.created_at DESC, p.id LIMIT $2)
			) p WHERE n.slug = $1 LIMIT $2
		) asked
		LEFT JOIN news_acknowledgements a
			ON a.news_id = asked.id AND a.edition = asked.edition AND a.person_id = asked.person_id`,
	Missing: `
		SELECT ` + store.PersonColumns + `
		FROM (
			SELECT m.id FROM news n CROSS JOIN LATERAL (
				(SELECT p.id, p.name FROM news_departments t CROSS JOIN LATERAL (
					SELECT p.id, p.name FROM people p
					WHERE p.active AND p.department = t.department AND (p.name, p.id) > ($3, $4::uuid) AND NOT EXISTS (
						SELECT FROM news_acknowledgements a
						WHERE a.news_id = n.id AND a.edition = n.edition AND a.person_id = p.id
					) ORDER BY p.name, p.id LIMIT $5
				) p WHERE t.news_id = n.id)
				UNION ALL
				(SELECT p.id, p.name FROM people p
				WHERE p.active AND NOT EXISTS (SELECT FROM news_departments t WHERE t.news_id = n.id)
					AND (p.name, p.id) > ($3, $4::uuid) AND NOT EXISTS (
						SELECT FROM news_acknowledgements a
						WHERE a.news_id = n.id AND a.edition = n.edition AND a.person_id = p.id
					) ORDER BY p.name, p.id LIMIT $5)
			) m WHERE n.slug = $2 ORDER BY m.name, m.id LIMIT $5
		) m JOIN people p ON p.id = m.id LEFT JOIN departments d ON d.slug = p.department
		ORDER BY p.name, p.id`,
	Exported: `
		SELECT n.id, t.title FROM news n JOIN news_texts t ON t.news_id = n.id AND t.lang = n.lang
		WHERE n.slug = $1 AND n.must_read`,
	Export: `
		SELECT p.name, p.email, coalesce(d.names->>$1, d.names->>'en', '') AS department, a.at AS confirmed_at,
			coalesce(a.edition, 0) AS edition, coalesce(a.digest, '') AS digest
		FROM news n CROSS JOIN LATERAL (
			SELECT p.id FROM news_departments t JOIN people p ON p.department = t.department
			WHERE t.news_id = n.id AND p.active
			UNION ALL
			SELECT p.id FROM people p
			WHERE p.active AND NOT EXISTS (SELECT FROM news_departments t WHERE t.news_id = n.id)
		) m JOIN people p ON p.id = m.id LEFT JOIN departments d ON d.slug = p.department
		LEFT JOIN news_acknowledgements a ON a.news_id = n.id AND a.edition = n.edition AND a.person_id = p.id
		WHERE n.slug = $2 ORDER BY p.name, p.id`,
}
