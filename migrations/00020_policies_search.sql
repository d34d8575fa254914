-- +goose Up
ALTER TABLE policies_texts ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (search_vector(lang, title, summary || ' ' || body)) STORED;
CREATE INDEX policies_texts_search ON policies_texts USING gin (search);
