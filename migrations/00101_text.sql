-- +goose Up

-- What is compared when somebody searches. Several features build on these functions, so they belong to the core.
--
-- What is typed and what is searched are cut into words by the same function, words_of. Postgres's own parser is given
-- nothing but letters: to it "NR-35" has a negative number, "entrada/saída" is a path, and an e-mail is one word.
--
-- A function with a body in standard SQL (RETURN or BEGIN ATOMIC) looks its names up once, when it is made. It needs
-- no search_path of its own, and must not have one: Postgres inlines no function that sets a parameter. Every other
-- function sets its search_path, because pg_dump restores with an empty one. A test checks this for all functions.
--
-- What Postgres cannot inline, because there is a subquery in it or concat_ws, which is only stable, is written in
-- PL/pgSQL: that is planned once in a session, and not with each call.

-- Without the characters that nobody sees and that stand within words: soft hyphens, blanks of no width, joiners,
-- marks of direction, variation selectors, the Arabic stroke that makes a word longer.
-- +goose StatementBegin
CREATE FUNCTION seen(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN regexp_replace(value,
        '[\u00ad\u061c\u0640\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]', '', 'g');
-- +goose StatementEnd

-- A text with one form of the Arabic and Persian letters that are typed for each other, and with our digits
-- in place of those of other scripts.
-- +goose StatementBegin
CREATE FUNCTION other_scripts(value text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = public, pg_temp AS $$
BEGIN
    IF value !~ '[\u0620-\u17ff]' THEN
        RETURN value;
    END IF;
    RETURN translate(value, 'ٱىیکةھہە'
            '٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९০১২৩৪৫৬৭৮৯੦੧੨੩੪੫੬੭੮੯૦૧૨૩૪૫૬૭૮૯୦୧୨୩୪୫୬୭୮୯௦௧௨௩௪௫௬௭௮௯'
            '౦౧౨౩౪౫౬౭౮౯೦೧೨೩೪೫೬೭೮೯൦൧൨൩൪൫൬൭൮൯๐๑๒๓๔๕๖๗๘๙໐໑໒໓໔໕໖໗໘໙၀၁၂၃၄၅၆၇၈၉០១២៣៤៥៦៧៨៩',
        'اييكهههه' || repeat('0123456789', 15));
END $$;
-- +goose StatementEnd

-- Lower case and without accents, so that "acao" finds "Ação". Decomposing first and then dropping the combining
-- marks needs no extension and is immutable, so that it can feed a generated column. It also makes plain letters of
-- ligatures and of full width. Letters that have no accent but a stroke, or are two in one, are named here. What is
-- left of other scripts is composed again.
-- +goose StatementBegin
CREATE FUNCTION fold(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN normalize(replace(replace(replace(replace(other_scripts(translate(
        lower(regexp_replace(normalize(seen(value), NFKD),
            '[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]', '', 'g')
            COLLATE "und-x-icu"),
        'đðøłħŧŋıȷςɓɗƙƴɖʼʻ', 'ddolhtnijσbdkyd''''')),
        'ß', 'ss'), 'œ', 'oe'), 'æ', 'ae'), 'þ', 'th'), NFC);
-- +goose StatementEnd

-- A folded text with a blank between words: runs of letters, runs of digits, and runs of scripts that put no blanks
-- between words, or write several as one: Thai, Lao, Burmese, Khmer, Chinese, Japanese and Korean. Signs that Indic
-- scripts write around a letter belong to its word. Ends of lines stay.
-- +goose StatementBegin
CREATE FUNCTION spaced(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN regexp_replace(regexp_replace(fold(value) COLLATE "und-x-icu",
        '[^[:alnum:]\n\u0900-\u0963\u0966-\u0dff\u0e01-\u0e4e\u0e50-\u0eff\u1000-\u109f\u1780-\u17ff\u3007]+',
        ' ', 'g'),
        '([0-9]+'
            '|[\u0e01-\u0e4e\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff'
            '\u3005-\u3007\u3041-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff]+)',
        ' \1 ', 'g');
-- +goose StatementEnd

-- Whether a text has one of those scripts in it.
-- +goose StatementBegin
CREATE FUNCTION unspaced(value text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN value ~ '[\u0e01-\u0e4e\u0e80-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u9fff\uac00-\ud7a3'
        '\uf900-\ufaff\uff66-\uffdc\U00020000-\U0003ffff]';
-- +goose StatementEnd

-- The words of a spaced line. Of those scripts each character is one with the next, so that what is searched for is
-- found at any place in a phrase.
-- +goose StatementBegin
CREATE FUNCTION paired(spaced text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = public, pg_temp AS $$
BEGIN
    RETURN ARRAY(
        SELECT w.word
        FROM unnest(string_to_array(spaced, ' ')) WITH ORDINALITY r (run, n), LATERAL (
            SELECT c.letter || coalesce(lead(c.letter) OVER (ORDER BY c.n), '') AS word, c.n
            FROM unnest(CASE WHEN unspaced(r.run) THEN string_to_array(r.run, NULL) END) WITH ORDINALITY c (letter, n)
            UNION ALL
            SELECT r.run, 0 WHERE NOT unspaced(r.run)
        ) w WHERE w.word <> '' ORDER BY r.n, w.n);
END $$;
-- +goose StatementEnd

-- The words of a text, in order: letters, and digits apart from them, so that "NR-35", "NR 35" and "nr35" are the same
-- two. They hold no punctuation, so that quoting one needs no escaping.
-- +goose StatementBegin
CREATE FUNCTION words_of(value text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = public, pg_temp AS $$
BEGIN
    IF unspaced(value) THEN
        RETURN paired(translate(spaced(value), E'\n', ' '));
    END IF;
    RETURN array_remove(string_to_array(translate(spaced(value), E'\n', ' '), ' '), '');
END $$;
-- +goose StatementEnd

-- What a number is found by in any writing: # and its digits from the end, so that "+55 11 5555-0100" begins as
-- "55550100" and the extension 0100 do.
-- +goose StatementBegin
CREATE FUNCTION number_of(digits text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN '#' || reverse(right(digits, 24));
-- +goose StatementEnd

-- Whether a number that was typed may be a phone, or the end of one: an amount and a date are searched for as a whole.
-- +goose StatementBegin
CREATE FUNCTION dialled(part text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN part ~ '^\(?\+' OR part !~ '[.,/]|^[0-9]{1,2}[^0-9][0-9]{1,2}[^0-9][0-9]{2,4}$';
-- +goose StatementEnd

-- A phone that was typed, without the code of its country, and without the zero that is dialled before an area:
-- NULL where it has neither. The codes are those of ITU-T E.164.
-- +goose StatementBegin
CREATE FUNCTION national_number(part text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN substring(regexp_replace(part, '[^0-9+]', '', 'g') FROM
        '^(?:(?:\+|00|(?=[1-9][0-9]{11,12}$))(?:[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]'
            || '|(?:2[1-689]|3[578]|42|5[09]|6[7-9]|8[035789]|9[679])[0-9])0?|0)([1-9][0-9]{7,})$');
-- +goose StatementEnd

-- Every word of a text at its place, an Arabic one also without its article. Where no blank separates some, what they
-- are without punctuation ("wifi" of "Wi-Fi") stands at the place of the last, and where digits end, the number that
-- they make with those before them. The index holds words of up to 2,046 bytes, places up to 16383, and 256 places of
-- a word: a text that has more of them is marked by a # alone.
-- +goose StatementBegin
CREATE FUNCTION placed(value text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = public, pg_temp AS $$
DECLARE
    pairs boolean := unspaced(value);
BEGIN
    RETURN (
        WITH words AS MATERIALIZED (
            SELECT c.n AS chunk, w.word, row_number() OVER (ORDER BY c.n, w.n) AS place, ascii(w.word) < 58 AS digits
            FROM unnest(string_to_array(spaced(regexp_replace(value, '\s+', E'\n', 'g')), E'\n'))
                    WITH ORDINALITY c (chunk, n),
                unnest(CASE WHEN pairs THEN paired(c.chunk) ELSE string_to_array(c.chunk, ' ') END)
                    WITH ORDINALITY w (word, n)
            WHERE w.word <> '')
        SELECT coalesce(string_agg(left(word, 255) || ':' || least(place, 16383), ' '), '')::tsvector
        FROM (
            SELECT word, place FROM words
            UNION ALL
            SELECT substr(word, 3), place FROM words WHERE starts_with(word, 'ال') AND length(word) > 4
            UNION ALL
            SELECT string_agg(word, '' ORDER BY place), max(place) FROM words GROUP BY chunk
                HAVING count(*) > 1 AND NOT bool_or(unspaced(word))
            UNION ALL
            SELECT number_of(digits), place FROM (
                SELECT place, string_agg(word, '') OVER
                    (PARTITION BY gap ORDER BY place ROWS BETWEEN 9 PRECEDING AND CURRENT ROW) AS digits
                FROM (
                    SELECT word, place, place - row_number() OVER (ORDER BY place) AS gap FROM words WHERE digits
                ) d
            ) n WHERE length(digits) >= 5
            UNION ALL
            SELECT '#', 1 FROM words GROUP BY word HAVING count(*) > 200 OR max(place) > 16000
        ) w);
END $$;
-- +goose StatementEnd

-- The letters of a text with their accents, in words: all that Postgres's own parser is given.
-- +goose StatementBegin
CREATE FUNCTION letters(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN regexp_replace(normalize(seen(value), NFKC) COLLATE "und-x-icu",
        '([^[:alpha:]]|[\u02bb\u02bc'
            '\u0e01-\u0e4e\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff'
            '\u3005-\u3007\u3041-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff])+',
        ' ', 'g');
-- +goose StatementEnd

-- The words of a text in lang, for the full-text search: as they stand, for the beginnings of words and for what is
-- written together, and as the language's own rules reduce them (policies, policy). Accents are removed after the
-- rules, because the rules need them. What looks like HTML is shown as text, and is found as text.
-- +goose StatementBegin
CREATE FUNCTION search_words(lang text, value text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN placed(value) || fold(to_tsvector(
            CASE lang WHEN 'pt' THEN 'portuguese'::regconfig WHEN 'es' THEN 'spanish'::regconfig
                ELSE 'english'::regconfig END,
            letters(value))::text)::tsvector;
-- +goose StatementEnd

-- The words of a title and of the text under it: a hit in the title weighs more.
-- +goose StatementBegin
CREATE FUNCTION search_vector(lang text, title text, body text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN setweight(search_words(lang, title), 'A') || setweight(search_words(lang, body), 'D');
-- +goose StatementEnd

-- What was typed, in parts: what no blank separates, and numbers with the blanks in them. Each has its words, and what
-- they are without what stands between them. Of an address, what a text may leave out is left out.
-- +goose StatementBegin
CREATE FUNCTION parts_of(typed text) RETURNS TABLE (n bigint, part text, words text[], joined text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT p.n, a.part, w.words, left(array_to_string(w.words, ''), 255)
        FROM regexp_matches(other_scripts(normalize(seen(typed), NFKC)),
                '([(+]*[0-9][0-9 ().,/+\u2010-\u2015\u2212-]*[0-9]|[^[:space:]]+)', 'g') WITH ORDINALITY p (m, n),
            LATERAL (SELECT regexp_replace(p.m[1], '^((https?|s?ftp|smb|file):/*(www\.)?|www\.'
                || '|(mailto|tel|sms|callto|sips?):)(?=[[:alnum:]+(])', '', 'i') AS part) a,
            LATERAL (SELECT array_agg(left(word, 255) ORDER BY n) AS words
                FROM unnest(words_of(a.part)) WITH ORDINALITY w (word, n)) w
        WHERE w.words <> '{}';
    END;
-- +goose StatementEnd

-- How a text may begin the words of a part, as a query: those that no blank separates stand together, in any
-- punctuation or in none, and a number may be written in any way, also behind letters, as that of a bank account. Of a
-- text that is too long to say what stands together (see placed), it is enough that it has them.
-- +goose StatementBegin
CREATE FUNCTION begun(part text, words text[], joined text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
BEGIN
    RETURN concat_ws(' | ',
        CASE WHEN cardinality(words) > 1 AND part !~ ' ' THEN '(' || array_to_string(words, ' <-> ') || ':*)' END,
        CASE WHEN cardinality(words) > 1 THEN
            '(' || CASE WHEN part ~ ' ' THEN '' ELSE '# & ' END || array_to_string(words, ' & ') || ':*)' END,
        joined || CASE WHEN joined ~ '[^0-9]' OR cardinality(words) = 1 THEN ':*' ELSE '' END,
        CASE WHEN joined ~ '^ال...' THEN substr(joined, 3) || ':*' END,
        CASE WHEN joined ~ '^[^0-9]' AND words[cardinality(words)] ~ '^[0-9]{9}' THEN '('
            || array_to_string(words[:cardinality(words) - 1], ' & ') || ' & '
            || number_of(words[cardinality(words)]) || ':*)' END,
        CASE WHEN joined ~ '[^0-9]' OR length(joined) < 5 THEN NULL
            WHEN NOT dialled(part) THEN number_of(joined)
            ELSE concat_ws(' | ', number_of(joined) || ':*', number_of(national_number(part)) || ':*') END);
END $$;
-- +goose StatementEnd

-- What a text of each language must have to be found by what was typed: every part of it, a word also as the language
-- reduces it. Words that a language leaves out ("of", "de") count only where there are no others. Parts behind the
-- eighth are left out.
--
-- Some endings are not brought together by a language's rules without the accent, or at all: ação and ações, cancion
-- and canciones. Such a word is looked for with each.
-- +goose StatementBegin
CREATE FUNCTION search_queries(typed text) RETURNS TABLE (lang text, query tsquery)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 3
    BEGIN ATOMIC
        WITH parts AS MATERIALIZED (
            SELECT begun(part, words, joined) AS begun, CASE WHEN joined !~ '[0-9]' AND cardinality(words) = 1
                AND NOT unspaced(part) THEN lower(btrim(letters(part))) END AS word
            FROM parts_of(typed) ORDER BY n LIMIT 8
        )
        SELECT q.lang, coalesce(
            string_agg('(' || concat_ws(' | ', nullif(fold(q.reduced::text), ''), q.begun) || ')', ' & ')
                FILTER (WHERE q.reduced IS NULL OR numnode(q.reduced) > 0),
            string_agg('(' || q.begun || ')', ' & '), '')::tsquery
        FROM (
            SELECT l.lang, p.begun, websearch_to_tsquery(l.rules, '"' || p.word || '"' || f.others) AS reduced
            FROM parts p,
                (VALUES ('en', 'english'::regconfig), ('pt', 'portuguese'::regconfig),
                    ('es', 'spanish'::regconfig)) l (lang, rules),
                LATERAL (
                    SELECT coalesce(string_agg(' or "' || left(p.word, -length(was)) || too || '"', ''), '') AS others
                    FROM (VALUES ('cao', 'ção'), ('cao', 'ções'), ('ção', 'ções'), ('coes', 'ções'), ('coes', 'ção'),
                        ('ções', 'ção'), ('sao', 'são'), ('sao', 'sões'), ('são', 'sões'), ('soes', 'sões'),
                        ('soes', 'são'), ('sões', 'são'), ('cion', 'ción'), ('cion', 'ciones'), ('sion', 'sión'),
                        ('sion', 'siones')) e (was, too)
                    WHERE right(p.word, length(was)) = was
                ) f
        ) q GROUP BY q.lang;
    END;
-- +goose StatementEnd
