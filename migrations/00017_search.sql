-- +goose Up

-- The words of a text in lang, for searching: as the language's own rules reduce
-- them (policies, policy), and as they stand, for the beginnings of words. Both
-- without accents, which come off behind the rules, because the rules need them.
-- What looks like HTML is shown as text, and found as such.
-- +goose StatementBegin
CREATE FUNCTION search_words(lang text, value text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN fold(to_tsvector(CASE lang WHEN 'pt' THEN 'portuguese'::regconfig WHEN 'es' THEN 'spanish'::regconfig ELSE 'english'::regconfig END, translate(value, '<>', '  '))::text)::tsvector
        || to_tsvector('simple'::regconfig, fold(translate(value, '<>', '  ')));
-- +goose StatementEnd

-- What a search compares: a hit in the title weighs more than one in the text.
-- +goose StatementBegin
CREATE FUNCTION search_vector(lang text, title text, body text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN setweight(search_words(lang, title), 'A') || setweight(search_words(lang, body), 'D');
-- +goose StatementEnd

-- A text in lang has to have every one of words, reduced or as the beginning of
-- one of its own. forms are the same words with their likely inflections, as
-- websearch_to_tsquery reads them. Words that a language leaves out ("of", "de")
-- count only where there are no others.
-- +goose StatementBegin
CREATE FUNCTION search_query(lang text, words text[], forms text[]) RETURNS tsquery
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (
        SELECT coalesce(
            string_agg('(' || fold(reduced::text) || ' | ' || begun || ')', ' & ') FILTER (WHERE numnode(reduced) > 0),
            string_agg(begun, ' & '), '')::tsquery
        FROM (
            SELECT to_tsquery('simple', fold(word) || ':*')::text AS begun,
                websearch_to_tsquery(CASE lang WHEN 'pt' THEN 'portuguese'::regconfig WHEN 'es' THEN 'spanish'::regconfig ELSE 'english'::regconfig END, form) AS reduced
            FROM unnest(words, forms) AS w (word, form)
        ) q
    );
-- +goose StatementEnd
