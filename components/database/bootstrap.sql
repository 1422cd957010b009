-- What PostgreSQL needs before the services can use it: roles, schemas and grants. It may run any number of
-- times, as the master user. Passwords are set by `\password`, which sends only their SCRAM hashes, so that
-- no log of the server has one.
\set ON_ERROR_STOP on

SELECT format('CREATE ROLE %I LOGIN', role)
FROM unnest(ARRAY[{quoted}, 'reporting']) AS role
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) \gexec

-- To make a schema for a role, and to say what others may do in it, the master must be able to act as it.
SELECT format('GRANT %I TO current_user', role)
FROM unnest(ARRAY[{quoted}]) AS role
WHERE NOT pg_has_role(current_user, role, 'USAGE') \gexec

REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO {services}, reporting;

CREATE SCHEMA IF NOT EXISTS {service} AUTHORIZATION {service};

GRANT USAGE ON SCHEMA {services} TO reporting;
GRANT SELECT ON ALL TABLES IN SCHEMA {services} TO reporting;
ALTER DEFAULT PRIVILEGES FOR ROLE {service} IN SCHEMA {service} GRANT SELECT ON TABLES TO reporting;
ALTER ROLE reporting SET default_transaction_read_only = on;
