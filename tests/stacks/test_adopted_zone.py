"""A stack whose zone was there before."""

import json
from dataclasses import replace
from pathlib import Path

from operations.plan import read_configuration, record

ROOT = Path(__file__).parents[2]


def test_the_record_that_proves_certificates_stays_in_it() -> None:
    given = read_configuration(ROOT, "staging")
    dns = json.loads(given.values["mpac:dns"]) | {"zoneId": "Z0123456789ABCDEFGHIJ"}
    plan = record("staging", replace(given, values={**given.values, "mpac:dns": json.dumps(dns)}))
    records = [each for each in plan.resources if each.type == "aws:route53/record:Record"]

    assert not [each for each in plan.resources if each.type == "aws:route53/zone:Zone"]
    assert {each.inputs["zoneId"] for each in records} == {"Z0123456789ABCDEFGHIJ"}
    assert [each.name for each in records if each.retain_on_delete] == ["certificate"]
