-- The role with which the intranet of a compose file serves: it is made where it is missing, and
-- has the password of POSTGRES_APP_PASSWORD, or of the file that POSTGRES_APP_PASSWORD_FILE names.
-- deploy/roles.sql says what it may do.
-- It may be run any number of times.

\set ON_ERROR_STOP on
\if :{?app} \else \set app intranet_app \endif
\getenv password POSTGRES_APP_PASSWORD
\if :{?password} \else \set password `cat "$POSTGRES_APP_PASSWORD_FILE"` \endif

SELECT format('CREATE ROLE %I LOGIN', :'app')
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'app') \gexec
ALTER ROLE :"app" PASSWORD :'password';
