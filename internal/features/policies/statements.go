package policies

import (
	"github.com/carameloai/intranet/internal/content"
	"github.com/carameloai/intranet/internal/store"
)

// kind are policies where they are edited and confirmed.
var kind = content.Kind{
	Noun: "policy",
	Pages: content.Pages{
		List: Index, Show: Show, Edit: Edit, DeleteTranslation: DeleteTranslation,
		Acknowledgement: Acknowledgement, Acknowledgements: Acknowledgements, Confirmed: Confirmed, Export: Export,
	},
	Words: content.Words{
		All: "policies.title", New: "policy.new", Change: "policy.edit", Conflict: "policy.conflict",
		Stored: "policy.stored", Create: "policy.form.draft", Errors: "policy.error.", Stale: "notice.policy.conflict",
		Removed: "notice.policy.translation",
	},
	FormClass: "policy-form",
	SQL:       statements,
	Changed:   Changed,
	Exported:  Exported,
}

var statements = content.Statements{
	Lock: `LOCK TABLE policies IN SHARE ROW EXCLUSIVE MODE`,
	FreeSlug: `
		SELECT c.slug FROM (
			SELECT 1 AS i, $1::text AS slug
			UNION ALL
			SELECT i, $1 || '-' || i
			FROM generate_series(2, 3 + (SELECT count(*) FROM policies n WHERE n.slug LIKE $1 || '-%')) i
		) c
		WHERE c.slug <> 'new' AND NOT EXISTS (SELECT FROM policies n WHERE n.slug = c.slug)
		ORDER BY c.i LIMIT 1`,
	Hold: `
		SELECT n.id, t.title, n.version FROM policies n JOIN policies_texts t ON t.policy_id = n.id AND t.lang = n.lang
		WHERE n.slug = $1 FOR UPDATE OF n`,
	MoveOn: `UPDATE policies SET version = version + 1 WHERE id = $1`,

	Texts: `
		SELECT t.lang, t.title, t.summary, t.body FROM policies n JOIN policies_texts t ON t.policy_id = n.id
		WHERE n.slug = $1 ORDER BY t.lang <> n.lang, t.lang`,
	SetText: `
		INSERT INTO policies_texts (policy_id, lang, title, summary, body, plain) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (policy_id, lang) DO UPDATE
		SET title = excluded.title, summary = excluded.summary, body = excluded.body, plain = excluded.plain`,
	DeleteText: `
		DELETE FROM policies_texts t USING policies n
		WHERE n.id = $1 AND t.policy_id = n.id AND t.lang = $2 AND t.lang <> n.lang
		RETURNING t.title || ' (' || t.lang || ')'`,

	Asked: `
		SELECT n.id, n.edition FROM policies n
		WHERE n.slug = $1 AND n.must_read AND n.published_at IS NOT NULL
			AND $2::text IS NOT NULL -- whatever their department: policies are for everyone
		FOR KEY SHARE OF n`,
	Keep: `
		INSERT INTO policies_confirmed (policy_id, edition, digest, lang, title, summary, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
	Confirm: `
		INSERT INTO policies_acknowledgements (policy_id, edition, digest, person_id)
		VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
	Mine: `
		SELECT c.edition, c.digest, c.lang, c.title, c.summary, c.body, a.at
		FROM policies n JOIN policies_acknowledgements a ON a.policy_id = n.id
		JOIN policies_confirmed c ON c.policy_id = n.id AND c.edition = a.edition AND c.digest = a.digest
		WHERE n.slug = $1 AND a.person_id = $2 ORDER BY c.edition DESC LIMIT $3`,
	Confirmed: `
		SELECT c.edition, c.digest, c.lang, c.title, c.summary, c.body, c.at
		FROM policies n JOIN policies_confirmed c ON c.policy_id = n.id
		WHERE n.slug = $1 AND $2 IN (c.edition, 0) AND $3 IN (c.digest, '')
		ORDER BY c.edition DESC, c.at DESC, c.digest LIMIT 1`,
	AllConfirmed: `
		SELECT c.edition, c.digest, c.lang, c.title, '' AS summary, '' AS body, c.at
		FROM policies n JOIN policies_confirmed c ON c.policy_id = n.id
		WHERE n.slug = $1 ORDER BY c.edition DESC, c.at DESC, c.digest LIMIT $2`,
	MustRead: `
		SELECT t.title FROM policies n JOIN LATERAL (
			SELECT * FROM policies_texts x WHERE x.policy_id = n.id AND x.lang IN ($1, n.lang)
			ORDER BY (x.lang = $1) DESC LIMIT 1
		) t ON true
		WHERE n.slug = $2 AND n.must_read`,

	Count: `
		SELECT count(*), count(a.person_id) FROM (
			SELECT n.id, n.edition, p.id AS person_id FROM policies n CROSS JOIN LATERAL (
				SELECT p.id FROM people p WHERE p.active ORDER BY p.created_at DESC, p.id LIMIT $2
			) p WHERE n.slug = $1
		) asked
		LEFT JOIN policies_acknowledgements a
			ON a.policy_id = asked.id AND a.edition = asked.edition AND a.person_id = asked.person_id`,
	Missing: `
		SELECT ` + store.PersonColumns + `
		FROM (
			SELECT m.id FROM policies n CROSS JOIN LATERAL (
				SELECT p.id FROM people p
				WHERE p.active AND (p.name, p.id) > ($3, $4::uuid) AND NOT EXISTS (
					SELECT FROM policies_acknowledgements a
					WHERE a.policy_id = n.id AND a.edition = n.edition AND a.person_id = p.id
				) ORDER BY p.name, p.id LIMIT $5
			) m WHERE n.slug = $2
		) m JOIN people p ON p.id = m.id LEFT JOIN departments d ON d.slug = p.department
		ORDER BY p.name, p.id`,
	Exported: `
		SELECT n.id, t.title FROM policies n JOIN policies_texts t ON t.policy_id = n.id AND t.lang = n.lang
		WHERE n.slug = $1 AND n.must_read`,
	Export: `
		SELECT p.name, p.email, coalesce(d.names->>$1, d.names->>'en', '') AS department, a.at AS confirmed_at,
			coalesce(a.edition, 0) AS edition, coalesce(a.digest, '') AS digest
		FROM policies n JOIN people p ON p.active LEFT JOIN departments d ON d.slug = p.department
		LEFT JOIN policies_acknowledgements a ON a.policy_id = n.id AND a.edition = n.edition AND a.person_id = p.id
		WHERE n.slug = $2 ORDER BY p.name, p.id`,
}
