-- +goose Up

-- The home page greets whoever came last.
CREATE INDEX people_new ON people (created_at DESC, id) WHERE active;
