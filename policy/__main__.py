"""The policy pack, as the engine starts it: `pulumi preview --policy-pack policy`."""

import sys
from pathlib import Path

from pulumi_policy import PolicyPack

sys.path.insert(0, str(Path(__file__).parent))

from pack.sources.engine import Session, policies

PolicyPack(name="aws-payment-platform", policies=policies(Session()))
