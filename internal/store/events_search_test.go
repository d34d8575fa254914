package store_test

const searchableEvents = `INSERT INTO events (lang, title, body, first_day, last_day)
	SELECT $1, title, word, '2030-01-01', '2030-01-01' FROM unnest($2::text[], $3::text[]) AS x (title, word)`
