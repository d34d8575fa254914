-- +goose Up
ALTER TABLE news_texts ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (search_vector(lang, title, summary || ' ' || body)) STORED;
CREATE INDEX news_texts_search ON news_texts USING gin (search);
