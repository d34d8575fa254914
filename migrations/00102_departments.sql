-- +goose Up

-- A department has a name in each language: {"en": "Finance", "pt": "Financeiro"}. English is always there.
CREATE TABLE departments (
    slug    text   PRIMARY KEY CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    names   jsonb  NOT NULL CHECK (names ? 'en'),
    version int    NOT NULL DEFAULT 1, -- moves on with every change
    words   text[] GENERATED ALWAYS AS (words_of(jsonb_path_query_array(names, '$.*')::text)) STORED
);

CREATE TRIGGER departments_listed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON departments
    FOR EACH STATEMENT EXECUTE FUNCTION lists_changed();
