"""What a task needs of AWS, declared by whoever defines it; its roles are generated from that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

Condition = Mapping[str, Mapping[str, pulumi.Input[str] | Sequence[pulumi.Input[str]]]]


@dataclass(frozen=True, kw_only=True)
class Permission:
    """What the program in a task may do; a statement of its task role.

    Attributes:
        sid: What it is for, in letters and digits: `WriteReceipts`.
        actions: Actions in full, such as `s3:GetObject`; none with a wildcard.
        resources: ARNs. `*` alone is for actions that AWS cannot narrow to a resource.
        conditions: IAM's conditions, by operator and key.
    """

    sid: str
    actions: Sequence[str]
    resources: Sequence[pulumi.Input[str]]
    conditions: Condition = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SecretValue:
    """A secret, or one field of it, that a container gets as an environment variable when it starts.

    Attributes:
        arn: ARN of the secret, with the six characters that AWS ends it with, or of a parameter in SSM.
        key_arn: KMS key of the secret in the same region; None of what AWS's own key encrypts, which lets in
            whoever may read the secret.
        json_field: The field where the secret is JSON; None for all of it.
    """

    arn: pulumi.Input[str]
    key_arn: pulumi.Input[str | None]
    json_field: str | None = None
