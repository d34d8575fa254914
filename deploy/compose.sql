-- The role with which the intranet of docker-compose.yml serves: it is made where it is
-- missing, and has the password of the environment. deploy/roles.sql says what it may do.
-- It may be run any number of times.

\set ON_ERROR_STOP on
\if :{?app} \else \set app intranet_app \endif
\getenv password POSTGRES_APP_PASSWORD

SELECT format('CREATE ROLE %I LOGIN', :'app')
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'app') \gexec
ALTER ROLE :"app" PASSWORD :'password';
