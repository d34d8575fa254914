-- +goose Up
ALTER TABLE events ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (search_vector(lang, title, place || ' ' || body)) STORED;
CREATE INDEX events_search ON events USING gin (search);
