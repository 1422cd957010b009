"""What every part of a stack is wired with."""

from dataclasses import dataclass

import pulumi

from components.encryption import DataClass, EncryptionKeys
from settings import Contract, Settings
from settings.regions import GLOBAL_REGION


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The stack that is being declared.

    Attributes:
        settings: Its settings, checked.
        contract: What the stack that it stands by for hands over; None when it stands by for none.
        opts: Options of every component: the provider.
        keys: The keys that it owns; None where it uses replicas of the upstream's.
    """

    settings: Settings
    contract: Contract | None
    opts: pulumi.ResourceOptions
    keys: EncryptionKeys | None

    def key_arn(self, data_class: DataClass) -> pulumi.Input[str]:
        """The key of a class of data in the stack's own region."""
        if self.keys:
            return self.keys.arns[data_class]
        if self.contract is None:
            raise ValueError("A stack has keys of its own or an upstream's.")
        arn: str = getattr(self.contract.keys, data_class)
        return arn

    @property
    def global_logs_key_arn(self) -> pulumi.Output[str]:
        """The key of logs where Route 53 and CloudFront's firewall write theirs; settings see to it."""
        if self.keys is None:
            raise ValueError("Whoever owns a zone or a distribution owns keys.")
        return self.keys.replica_arns[DataClass.LOGS][GLOBAL_REGION]

    def replica_key_arn(self, data_class: DataClass) -> pulumi.Output[str] | None:
        """The key of a class of data in the region that stands by; None where none does."""
        region = self.settings.replica_region
        return self.keys.replica_arns[data_class][region] if self.keys and region else None
