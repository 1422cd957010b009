"""Rules for AWS infrastructure that Pulumi declares, and the judge that applies them.

Nothing here needs Pulumi: `pack.sources.engine` alone knows the policy SDK.
"""
