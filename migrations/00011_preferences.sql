-- +goose Up

-- What a person chose for themselves, beside the language. Moments are stored as
-- such and shown in the reader's zone; theme is the look of the pages.
ALTER TABLE people
    ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC' CHECK (char_length(time_zone) BETWEEN 1 AND 64), -- IANA
    ADD COLUMN theme     text NOT NULL DEFAULT 'auto' CHECK (theme IN ('auto', 'light', 'dark'));
