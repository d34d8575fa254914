package store

// CalendarEvents are found by their texts.
const CalendarEvents Kind = "events"

const eventHits = `SELECT e.id::text, e.lang, e.title, concat_ws(E'\n\n', nullif(e.place, ''), e.body) AS text, ts_rank(e.search, q.query) AS rank
	FROM q JOIN events e ON e.lang = q.lang AND e.search @@ q.query`
