"""Accept the URNs of the latest plans as the ones that stacks are to have: `make plan-accept`."""

import json
from pathlib import Path

for path in sorted(Path("build", "plan").glob("*.json")):
    urns = [resource["urn"] for resource in json.loads(path.read_text())]
    accepted = Path(__file__).parent / "urns" / f"{path.stem}.txt"
    accepted.write_text("".join(f"{urn}\n" for urn in urns))
