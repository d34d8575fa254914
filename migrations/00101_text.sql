-- +goose Up

-- What is compared when somebody searches. Several features build on these functions, so they belong to the core.
--
-- A function with a body in standard SQL (RETURN or BEGIN ATOMIC) looks its names up once, when it is made. It needs
-- no search_path of its own, and must not have one: Postgres inlines no function that sets a parameter. Every other
-- function sets its search_path, because pg_dump restores with an empty one. A test checks this for all functions.

-- Lower case and without accents, so that "acao" finds "Ação". Decomposing first and then dropping the combining
-- marks needs no extension and is immutable, so that it can feed a generated column.
-- +goose StatementBegin
CREATE FUNCTION fold(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN lower(regexp_replace(normalize(value, NFD), '[\u0300-\u036f]', '', 'g'));
-- +goose StatementEnd

-- The words of a text. They are letters and digits alone, so that quoting one needs no escaping.
-- +goose StatementBegin
CREATE FUNCTION words_of(value text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN array_remove(regexp_split_to_array(fold(value COLLATE "und-x-icu"), '[^[:alnum:]]+'), '');
-- +goose StatementEnd

-- The words of a text in lang, for the full-text search: as the language's own rules reduce them (policies, policy),
-- and as they stand, for the beginnings of words. Accents are removed after the rules, because the rules need them.
-- What looks like HTML is shown as text, and is found as text.
-- +goose StatementBegin
CREATE FUNCTION search_words(lang text, value text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN fold(to_tsvector(
            CASE lang WHEN 'pt' THEN 'portuguese'::regconfig WHEN 'es' THEN 'spanish'::regconfig
                ELSE 'english'::regconfig END,
            translate(value, '<>', '  '))::text)::tsvector
        || to_tsvector('simple'::regconfig, fold(translate(value, '<>', '  ')));
-- +goose StatementEnd

-- The words of a title and of the text under it: a hit in the title weighs more.
-- +goose StatementBegin
CREATE FUNCTION search_vector(lang text, title text, body text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN setweight(search_words(lang, title), 'A') || setweight(search_words(lang, body), 'D');
-- +goose StatementEnd

-- A text in lang must have every one of words, reduced or as the beginning of one of its own. forms are the same words
-- with their likely inflections, as websearch_to_tsquery reads them. Words that a language leaves out ("of", "de")
-- count only where there are no others.
-- +goose StatementBegin
CREATE FUNCTION search_query(lang text, words text[], forms text[]) RETURNS tsquery
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (
        SELECT coalesce(
            string_agg('(' || fold(reduced::text) || ' | ' || begun || ')', ' & ')
                FILTER (WHERE numnode(reduced) > 0),
            string_agg(begun, ' & '), '')::tsquery
        FROM (
            SELECT to_tsquery('simple', fold(word) || ':*')::text AS begun,
                websearch_to_tsquery(
                    CASE lang WHEN 'pt' THEN 'portuguese'::regconfig WHEN 'es' THEN 'spanish'::regconfig
                        ELSE 'english'::regconfig END,
                    form) AS reduced
            FROM unnest(words, forms) AS w (word, form)
        ) q
    );
-- +goose StatementEnd
