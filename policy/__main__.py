"""The policy pack, as the engine starts it: `pulumi preview --policy-pack policy`."""

import json
import sys
from pathlib import Path

from pulumi_policy import PolicyPack

sys.path.insert(0, str(Path(__file__).parent))

from pack.sources.engine import Session, policies

# A configuration that is given to the engine replaces what is here, setting by setting.
CONFIG = json.loads((Path(__file__).parent / "config.json").read_text())
PolicyPack(name="aws-payment-platform", policies=policies(Session()), initial_config=CONFIG)
