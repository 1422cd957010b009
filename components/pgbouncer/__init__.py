"""PgBouncer, and what prepares the database for it and its users."""
