-- Where Grafana keeps its state: a role with a database of its own.
\set ON_ERROR_STOP on

SELECT 'CREATE ROLE grafana LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'grafana') \gexec
SELECT 'GRANT grafana TO current_user' WHERE NOT pg_has_role(current_user, 'grafana', 'USAGE') \gexec
SELECT 'CREATE DATABASE grafana OWNER grafana'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'grafana') \gexec
REVOKE ALL ON DATABASE grafana FROM PUBLIC;
