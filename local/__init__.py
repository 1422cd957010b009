"""The local cloud: a Pulumi engine, its providers and a local AWS on one machine, and no account anywhere."""
