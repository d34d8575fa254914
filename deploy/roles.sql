-- A role for the server that cannot touch the audit trail.
--
-- With one role the server owns its tables: whoever takes it over can switch the
-- audit trail's triggers off before changing it. With two, migrations belong to
-- the owner and the server may do only what it does: it reads and writes its
-- tables, adds to the audit trail, and can change or remove nothing in there.
--
--   1. Once, as an administrator, make the role (\password in psql keeps the
--      password out of histories and the server's log):
--
--        CREATE ROLE intranet_app LOGIN;
--        \password intranet_app
--
--   2. As the owner, now and after every upgrade: migrate, then run this file.
--
--        DATABASE_URL=postgres://owner@host/intranet intranet migrate
--        psql postgres://owner@host/intranet -f deploy/roles.sql
--
--      For another name than intranet_app add -v app=NAME.
--
--   3. Serve as the new role, which leaves migrating to step 2:
--
--        DATABASE_URL=postgres://intranet_app@host/intranet intranet serve --migrate=false
--
-- The other commands (migrate, seed, user) stay with the owner's DATABASE_URL:
-- they migrate first.
--
-- What the server may do to a table that a later migration makes has to be said
-- here. ALTER DEFAULT PRIVILEGES would do without, and would also give it the
-- next table that it must not change; a test fails for a table without a line.
-- It may be run any number of times: rights that are no longer in it are taken
-- back, in one transaction, so that a running server does not notice.

\set ON_ERROR_STOP on
\if :{?app} \else \set app intranet_app \endif

BEGIN;

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM :"app";
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM :"app";
-- Those of an extension belong to whoever made the cluster: Postgres would warn of each that nothing is taken from it.
SET LOCAL client_min_messages = error;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM :"app";
SET LOCAL client_min_messages = warning;
REVOKE ALL ON SCHEMA public FROM :"app";
REVOKE CREATE ON SCHEMA public FROM PUBLIC; -- as it is from Postgres 15 on, unless the cluster is older
GRANT USAGE ON SCHEMA public TO :"app";

-- The trail: what is in it can be read, and something added, under the number
-- and the time that the database gives.
GRANT SELECT, INSERT (action, actor_id, actor, subject_id, subject, address, request_id, detail) ON audit TO :"app";

-- People are disabled. Deleted they are by erase_person alone: see below.
GRANT SELECT, INSERT, UPDATE ON people TO :"app";

GRANT SELECT, INSERT, UPDATE, DELETE ON sessions, sent_forms, drafts, throttles, invitations, second_factors
    TO :"app";
GRANT SELECT, INSERT, DELETE ON recovery_codes TO :"app";

-- A department may get another name, not another slug.
GRANT SELECT, INSERT, DELETE, UPDATE (names, version) ON departments TO :"app";
-- The words that people are found by: triggers keep them.
GRANT SELECT, INSERT ON vocabulary TO :"app";
GRANT SELECT, INSERT, DELETE ON people_words TO :"app";

-- What the server remembers is good as long as this stays: triggers move it on.
GRANT SELECT ON lists_version TO :"app";

-- Notifications
GRANT SELECT, INSERT, UPDATE, DELETE ON mail_outbox, mail_rounds TO :"app";
GRANT SELECT, INSERT, DELETE ON mail_unwanted TO :"app";
GRANT SELECT, INSERT, UPDATE, DELETE ON forgotten_passwords TO :"app"; -- for seconds

-- News
GRANT SELECT, INSERT, UPDATE, DELETE ON news, news_texts TO :"app";
GRANT SELECT, INSERT, DELETE ON news_departments TO :"app";
GRANT SELECT, INSERT ON news_confirmed TO :"app"; -- goes with its article, and with nothing else
GRANT SELECT, INSERT ON news_acknowledgements TO :"app"; -- goes with its article, and with nothing else

-- Policies
GRANT SELECT, INSERT, UPDATE, DELETE ON policy_categories TO :"app";
GRANT SELECT, INSERT, UPDATE, DELETE ON policies TO :"app";
GRANT SELECT, INSERT, UPDATE, DELETE ON policies_texts TO :"app";
GRANT SELECT, INSERT ON policies_confirmed TO :"app"; -- goes with its policy, and with nothing else
GRANT SELECT, INSERT ON policies_acknowledgements TO :"app"; -- goes with its policy, and with nothing else

-- Events
GRANT SELECT, INSERT, UPDATE, DELETE ON events TO :"app";
GRANT SELECT, INSERT, UPDATE ON attendance TO :"app"; -- is deleted with its event

-- Links
GRANT SELECT, INSERT, UPDATE, DELETE ON links TO :"app";

-- Scim
GRANT SELECT, INSERT, UPDATE, DELETE ON scim_tokens TO :"app";
GRANT SELECT, INSERT, UPDATE ON scim_people TO :"app";

-- Inspector
GRANT SELECT, INSERT, UPDATE, DELETE ON inspected_handshakes, inspected_browsers, inspected_violations,
    inspected_counts TO :"app";

-- Oidc
GRANT SELECT, INSERT, DELETE ON identities TO :"app";
GRANT SELECT, INSERT, DELETE ON proof_forms TO :"app"; -- for minutes

-- Whether migrations are pending, for /readyz.
GRANT SELECT ON goose_db_version TO :"app";

GRANT EXECUTE ON FUNCTION seen(text), other_scripts(text), fold(text), spaced(text), unspaced(text),
    paired(text), words_of(text), number_of(text), dialled(text), national_number(text), placed(text), letters(text),
    search_words(text, text), search_vector(text, text, text), parts_of(text), begun(text, text[], text),
    search_queries(text) TO :"app";
GRANT EXECUTE ON FUNCTION numbers_of(text), together(text), found_by(text, text, text),
    words_of_person(uuid, text, text, boolean), alike(text), spelled(text), ranges_of(text, text),
    find_people(text, text, boolean, int, people_words, int),
    throttle(bytea[], interval[], int[], bytea[]) TO :"app";

-- Removes what is older than the retention, and nothing younger than 90 days,
-- with its owner's rights: for the server, and for nobody else.
REVOKE EXECUTE ON FUNCTION expire_audit(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION expire_audit(timestamptz) TO :"app";

-- Deletes a person, takes them out of the trail and adds an entry that says so, with its owner's rights, too.
REVOKE EXECUTE ON FUNCTION erase_person(uuid, uuid, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_person(uuid, uuid, text, text, text), emails_of(uuid) TO :"app";

COMMIT;
