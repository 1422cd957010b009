-- What PostgreSQL needs before the services can use it: roles, schemas and grants. It may run any number of
-- times, as the master user. Passwords are set by `\password`, which sends only their SCRAM hashes, so that
-- no log of the server has one.
\set ON_ERROR_STOP on

SELECT format('CREATE ROLE %I LOGIN', role)
FROM unnest(ARRAY['portal', 'smarttab', 'pgw', 'reporting']) AS role
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) \gexec

-- To make a schema for a role, and to say what others may do in it, the master must be able to act as it.
SELECT format('GRANT %I TO current_user', role)
FROM unnest(ARRAY['portal', 'smarttab', 'pgw']) AS role
WHERE NOT pg_has_role(current_user, role, 'USAGE') \gexec

REVOKE ALL ON DATABASE mpac FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT CONNECT ON DATABASE mpac TO portal, smarttab, pgw, reporting;

CREATE SCHEMA IF NOT EXISTS portal AUTHORIZATION portal;
CREATE SCHEMA IF NOT EXISTS smarttab AUTHORIZATION smarttab;
CREATE SCHEMA IF NOT EXISTS pgw AUTHORIZATION pgw;

GRANT USAGE ON SCHEMA portal, smarttab, pgw TO reporting;
GRANT SELECT ON ALL TABLES IN SCHEMA portal, smarttab, pgw TO reporting;
ALTER DEFAULT PRIVILEGES FOR ROLE portal IN SCHEMA portal GRANT SELECT ON TABLES TO reporting;
ALTER DEFAULT PRIVILEGES FOR ROLE smarttab IN SCHEMA smarttab GRANT SELECT ON TABLES TO reporting;
ALTER DEFAULT PRIVILEGES FOR ROLE pgw IN SCHEMA pgw GRANT SELECT ON TABLES TO reporting;
ALTER ROLE reporting SET default_transaction_read_only = on;
