-- +goose Up

-- What the inspector shows, where every replica writes and reads it. The tables are unlogged: no page costs WAL for
-- them. They are empty after a crash of Postgres and on a standby that has taken over, and cannot be read on a standby.
-- Whoever writes removes what is too much: see internal/features/inspector.

-- Calls to Caramelo, one for a page. Neither the secret nor a token is in there, and nothing of the answer as it came.
CREATE UNLOGGED TABLE inspected_handshakes (
    n          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- in the order in which they were written
    id         text        NOT NULL UNIQUE, -- that of the page's request, as in the log
    at         timestamptz NOT NULL,
    replica    text        NOT NULL, -- that served the page
    page       text        NOT NULL, -- its path
    person_id  uuid        NOT NULL, -- no reference: each row would lock its person
    name       text        NOT NULL, -- as it was sent, and so are the next two
    email      text        NOT NULL,
    lang       text        NOT NULL,
    kind       text        NOT NULL, -- how it ended
    status     int         NOT NULL,
    calls      int         NOT NULL,
    problem    text        NOT NULL,
    duration   bigint      NOT NULL, -- nanoseconds, as all times that something took
    connect    bigint      NOT NULL,
    tls        bigint      NOT NULL,
    wait       bigint      NOT NULL,
    read       bigint      NOT NULL,
    held       bigint      NOT NULL,
    type       text        NOT NULL, -- of the answer's content
    size       int         NOT NULL,
    keys       text[], -- the documented ones that the answer had
    expires    timestamptz, -- NULL: unknown
    project_id text        NOT NULL
);

-- What browsers said last of the chat on their pages. It may come before the handshake of the page is written, and
-- anybody who is signed in can send it for any page: it counts where both columns of the key fit a handshake.
CREATE UNLOGGED TABLE inspected_browsers (
    id        text        NOT NULL,
    person_id uuid        NOT NULL,
    at        timestamptz NOT NULL,
    sdk       text        NOT NULL,
    socket    text        NOT NULL,
    blocked   text[],
    state     text        NOT NULL, -- all of that in one word
    PRIMARY KEY (id, person_id)
);

-- What the Content-Security-Policy made browsers block.
CREATE UNLOGGED TABLE inspected_violations (
    directive text        NOT NULL,
    blocked   text        NOT NULL,
    page      text        NOT NULL,
    count     bigint      NOT NULL,
    first_at  timestamptz NOT NULL,
    last_at   timestamptz NOT NULL,
    PRIMARY KEY (directive, blocked, page)
);

-- How much is in no row: lost before it was written, rest of the violations, requests with reports left unread.
CREATE UNLOGGED TABLE inspected_counts (
    what  text        PRIMARY KEY,
    count bigint      NOT NULL,
    since timestamptz NOT NULL DEFAULT now()
);

-- Who is deleted leaves nothing here. A replica may write a moment later what it saw of them, so the deletion and the
-- writing come one after the other: see internal/features/inspector/write.go.
-- +goose StatementBegin
CREATE FUNCTION forget_inspected() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock('inspected_handshakes'::regclass::oid::bigint);
    DELETE FROM inspected_handshakes WHERE person_id = OLD.id;
    DELETE FROM inspected_browsers WHERE person_id = OLD.id;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER forget_inspected AFTER DELETE ON people FOR EACH ROW EXECUTE FUNCTION forget_inspected();
