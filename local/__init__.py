"""The local cloud: a Pulumi engine, its providers and a local AWS, on one machine, with no account anywhere."""
