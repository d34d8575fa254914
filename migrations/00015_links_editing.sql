-- +goose Up

-- Editors keep the links. Two that change places are one statement: positions
-- have to differ at its end, not in the middle.
ALTER TABLE links
    ADD COLUMN version int NOT NULL DEFAULT 1 CHECK (version > 0), -- moves on with every change
    DROP CONSTRAINT links_position_key,
    ADD CONSTRAINT links_position_key UNIQUE (position) DEFERRABLE,
    ADD CONSTRAINT links_url_length CHECK (char_length(url) <= 500);
