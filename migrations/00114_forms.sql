-- +goose Up

-- Forms that were sent, so that each counts once on all replicas. A form that was refused leaves no row.
CREATE TABLE sent_forms (
    -- SHA-256 of the form's key, which opens the answer.
    key_hash    bytea       PRIMARY KEY,
    person_id   uuid        REFERENCES people (id) ON DELETE CASCADE, -- who was signed in
    sessions    bytea[]     NOT NULL, -- those that may get the answer, as hashes of their tokens
    content     bytea       NOT NULL, -- a MAC of what was sent, under the form's key
    -- A MAC of what a person typed and where, under the server's key: the same for forms with other keys.
    likeness    bytea,
    -- moved: the browser sends it once more, after its person has confirmed who they are.
    state       text        NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'moved', 'done')),
    answer      text, -- sealed with the form's key; gone after ten minutes
    shown_at    text, -- the path of what was made, sealed with the server's key; gone with the answer
    claimed_at  timestamptz NOT NULL DEFAULT now(),
    answered_at timestamptz
);

CREATE INDEX sent_forms_claimed_at ON sent_forms (claimed_at);
CREATE INDEX sent_forms_likeness ON sent_forms (likeness) WHERE likeness IS NOT NULL;
CREATE INDEX sent_forms_answered_at ON sent_forms (answered_at) WHERE answer IS NOT NULL;

-- What people have typed and not saved: one draft for a person and a form, for a week.
CREATE TABLE drafts (
    person_id uuid        NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    form      text        NOT NULL, -- the path that it is posted to; another page with its own text has # behind it
    page      text        NOT NULL, -- the path of the page with the form
    title     text        NOT NULL DEFAULT '', -- of that page
    fields    text        NOT NULL, -- sealed, for this person and form
    sent_by   text        NOT NULL DEFAULT '', -- what the browser calls the page that has sent it
    turn      integer     NOT NULL DEFAULT 0, -- of what that page has sent: the network may change the order
    saved_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (person_id, form)
);

CREATE INDEX drafts_saved_at ON drafts (saved_at);
