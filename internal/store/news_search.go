package store

// NewsHits finds announcements in the language in which the reader would read
// them. The limits of one row keep Postgres from reading the tables as a whole:
// it cannot know how few texts a search finds.
var NewsHits = `SELECT n.slug AS id, t.lang, t.title, t.summary || E'\n\n' || t.body AS text, ts_rank(t.search, q.query) AS rank
	FROM reader r CROSS JOIN q JOIN news_texts t ON t.lang = q.lang AND t.search @@ q.query
	JOIN LATERAL (SELECT * FROM news n WHERE n.id = t.news_id AND ` + newsPublished + ` AND ` + newsMustRead.isFor("r.department") + ` LIMIT 1) n ON true
	LEFT JOIN LATERAL (SELECT true AS there FROM news_texts own WHERE own.news_id = t.news_id AND own.lang = r.lang LIMIT 1) own ON true
	WHERE t.lang = r.lang OR t.lang = n.lang AND own.there IS NULL`
