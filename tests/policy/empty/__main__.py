"""The least that a pack can be: what the SDK itself costs."""

from pulumi_policy import PolicyPack, ResourceValidationPolicy

PolicyPack("empty", [ResourceValidationPolicy("nothing", "Says nothing.", lambda _args, _report: None)])
