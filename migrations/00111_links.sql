-- +goose Up

-- The quick links of the home page. Labels by language, as for departments.
CREATE TABLE links (
    id       uuid  PRIMARY KEY DEFAULT gen_random_uuid(),
    -- Two links that change places are one statement: positions must differ at its end, not in the middle.
    position int   NOT NULL UNIQUE DEFERRABLE,
    url      text  NOT NULL CHECK (url ~ '^(https?://|mailto:|/([^/\\[:cntrl:][:space:]]|$))'),
    labels   jsonb NOT NULL CHECK (labels ? 'en'),
    version  int   NOT NULL DEFAULT 1 CHECK (version > 0), -- moves on with every change
    CONSTRAINT links_url_length CHECK (char_length(url) <= 500)
);

CREATE TRIGGER links_listed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON links
    FOR EACH STATEMENT EXECUTE FUNCTION lists_changed();
