-- The role with which the standby of compose.replicas.yml follows, and the place up to which it has
-- come: what it has not seen is kept for it, up to max_slot_wal_keep_size. It may be run any number of
-- times.

\set ON_ERROR_STOP on
\set password `cat "$POSTGRES_REPLICATOR_PASSWORD_FILE"`

SELECT 'CREATE ROLE replicator LOGIN REPLICATION'
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'replicator') \gexec
ALTER ROLE replicator PASSWORD :'password';
SELECT pg_create_physical_replication_slot('standby')
    WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = 'standby') \g /dev/null
