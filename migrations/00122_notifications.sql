-- +goose Up

-- Mail that waits to be sent, and what became of it. A row is written in the transaction of what it tells of, and
-- holds no words: they are put together when it is sent, in the language and for the address of that moment.
CREATE TABLE mail_outbox (
    id        bigint      PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    person_id uuid        NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    kind      text        NOT NULL CHECK (char_length(kind) BETWEEN 1 AND 60),
    about     text        NOT NULL DEFAULT '' CHECK (char_length(about) <= 200), -- whatever the kind calls it by
    -- What only its reader may know, such as the code of a one-time link: sealed, and empty once the row has ended.
    sealed    text        NOT NULL DEFAULT '' CHECK (char_length(sealed) <= 4000),
    bulk      boolean     NOT NULL, -- one of many: all others go first
    made_at   timestamptz NOT NULL DEFAULT now(),
    next_at   timestamptz NOT NULL DEFAULT now(), -- of the next attempt; while a replica sends it, the end of its turn
    until     timestamptz NOT NULL, -- later it says nothing new
    attempts  int         NOT NULL DEFAULT 0,
    ended_at  timestamptz, -- NULL: it waits
    result    text        CHECK (result IN ('sent', 'refused', 'given_up', 'needless')),
    reason    text        NOT NULL DEFAULT '' CHECK (char_length(reason) <= 200), -- of the last attempt that failed
    CHECK ((ended_at IS NULL) = (result IS NULL)),
    CHECK (ended_at IS NULL OR sealed = '')
);

-- A newer one of the same takes the place of the one that waits.
CREATE UNIQUE INDEX mail_outbox_waiting ON mail_outbox (person_id, kind, about) WHERE ended_at IS NULL;
CREATE INDEX mail_outbox_next ON mail_outbox (bulk, next_at, id) WHERE ended_at IS NULL;
CREATE INDEX mail_outbox_made ON mail_outbox (made_at) WHERE ended_at IS NULL;
CREATE INDEX mail_outbox_ended ON mail_outbox (ended_at, id) WHERE ended_at IS NOT NULL;
CREATE INDEX mail_outbox_person_id ON mail_outbox (person_id, kind, made_at);

-- What is to be told to many people, once: a replica that sends mail writes their rows, some at a time.
CREATE TABLE mail_rounds (
    kind     text        NOT NULL CHECK (char_length(kind) BETWEEN 1 AND 60),
    about    text        NOT NULL CHECK (char_length(about) <= 200),
    start_at timestamptz NOT NULL DEFAULT now(),
    after    uuid        NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000', -- who has a row already
    begun    boolean     NOT NULL DEFAULT false,
    ended_at timestamptz,
    PRIMARY KEY (kind, about)
);

CREATE INDEX mail_rounds_start ON mail_rounds (start_at) WHERE ended_at IS NULL;

-- The kinds of mail that somebody does not want.
CREATE TABLE mail_unwanted (
    person_id uuid NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    kind      text NOT NULL CHECK (char_length(kind) BETWEEN 1 AND 60),
    PRIMARY KEY (person_id, kind)
);

-- Forgotten passwords that somebody has asked for, until a replica that sends mail looks whose they are: whoever asks
-- waits for the same statement, whether there is such a person or not. The e-mail is sealed.
CREATE TABLE forgotten_passwords (
    id      bigint      PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    sealed  text        NOT NULL CHECK (char_length(sealed) <= 4000),
    made_at timestamptz NOT NULL DEFAULT now()
);
