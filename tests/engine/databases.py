"""The database of two regions, deployed by the real engine, and runbooks played on it."""

import json
from dataclasses import dataclass
from typing import Any

from local import recovery
from tests.engine.checkouts import REPOSITORY, Checkout
from tests.engine.conftest import PROGRAMS

TOKYO, OSAKA = "ap-northeast-1", "ap-northeast-3"


@dataclass
class Databases:
    """`prod` in Tokyo and `dr` in Osaka, with nothing but a database each."""

    checkout: Checkout

    def write(self, prod: dict[str, Any], dr: dict[str, Any]) -> None:
        """Write program and settings."""
        program = (PROGRAMS / "database.py").read_text().replace("REPOSITORY", str(REPOSITORY))
        settings = {
            stack: {f"mpac:{name}": value for name, value in given.items()}
            for stack, given in (("prod", prod), ("dr", dr))
        }
        self.checkout.write(program, **settings)

    def play(self, script: str, **values: str) -> str:
        """Run commands of a runbook, with a value for each <placeholder>."""
        return self.checkout.play(script, **values)

    def rds(self, region: str) -> Any:  # noqa: ANN401 (boto3 has no types)
        """A client."""
        return recovery.clients_of(self.checkout.server)("rds", region)

    def instances(self, region: str) -> dict[str, dict[str, Any]]:
        """What RDS says of each instance, by its name."""
        found = self.rds(region).describe_db_instances()["DBInstances"]
        return {each["DBInstanceIdentifier"]: each for each in found}

    def everywhere(self) -> dict[str, dict[str, Any]]:
        """The same of both regions."""
        return self.instances(TOKYO) | self.instances(OSAKA)

    def changes(self, stack: str) -> dict[str, str]:
        """What the next update would do to each resource of RDS that it changes."""
        plan = json.loads(self.play(f"pulumi preview --non-interactive --json --stack {stack}"))
        changed = {}
        for step in plan["steps"]:
            kind, name = step["urn"].split("::")[-2:]
            if step["op"] not in ("same", "read", "refresh"):
                changed[f"{kind.rpartition(':')[2]} {name}"] = step["op"]
        return changed

    def in_state(self, stack: str) -> dict[str, dict[str, Any]]:
        """Instances and replications of backups in the state, by the end of their URN."""
        return {
            each["urn"].partition("::mpac::")[2]: each
            for each in self.checkout.resources(stack)
            if each["type"].startswith("aws:rds/instance") and "id" in each
        }
