-- +goose Up

-- The quick links of the home page. Labels by language, as for departments.
CREATE TABLE links (
    id       uuid  PRIMARY KEY DEFAULT gen_random_uuid(),
    position int   NOT NULL UNIQUE,
    url      text  NOT NULL CHECK (url ~ '^(https?://|mailto:|/([^/\\[:cntrl:][:space:]]|$))'),
    labels   jsonb NOT NULL CHECK (labels ? 'en')
);
