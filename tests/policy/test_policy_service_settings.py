"""What the policies say of a service's own settings: what a person asks for, in a whole stack."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from operations.plan import read_configuration, record
from policy.pack.__main__ import judge_files

ROOT = Path(__file__).parents[2]
REGION, ACCOUNT = "ap-northeast-1", "123456789012"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:acquirer-AbCdEf"
GOOD = {
    "environment": {"LOG_LEVEL": "info", "TOKEN_URL": "https://id.example.com/token"},
    "secrets": {
        "ACQUIRER_KEY": {
            "arn": SECRET,
            "field": "key",
            "keyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/payments",
        },
        "JWT_KEY": {"arn": f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/jwt/key"},
    },
    "user": "1000:1000",
    "tmpfsMib": {"/run": 128},
    "permissions": {
        "SendOrders": {
            "actions": ["sqs:SendMessage"],
            "resources": [f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"],
        }
    },
}


def violations(
    directory: Path, services: Mapping[str, Mapping[str, Any]], compute: Mapping[str, Any]
) -> set[tuple[str, str, str]]:
    """Rule, task and path of all that a stack with these settings must not be."""
    given = read_configuration(ROOT, "staging")
    merged = json.loads(given.values["mpac:services"])
    for name, settings in services.items():
        merged[name] |= settings
    values = {"mpac:services": json.dumps(merged), "mpac:compute": json.dumps(compute)}
    plan = directory / "staging.json"
    plan.write_text(record("staging", replace(given, values={**given.values, **values})).to_json())
    (report,) = judge_files([plan])
    return {
        (item.rule.id, item.verdict.urn.rpartition("::")[2], item.verdict.path)
        for item in report.violations("mandatory")
    }


def test_what_is_sound_passes_and_a_shell_costs_the_read_only_root(tmp_path: Path) -> None:
    found = violations(tmp_path, {"pgw": GOOD}, {"execEnabled": True})
    root = "containerDefinitions[0].readonlyRootFilesystem"
    assert found == {("ecs-read-only", task, root) for task in ("svc-portal", "svc-smarttab", "mpac-pgw")}


def test_what_is_not_is_named(tmp_path: Path) -> None:
    found = violations(
        tmp_path,
        {
            "portal": {"user": "image"},
            "smarttab": {"readOnlyRoot": False},
            # By its name, by what the value is.
            "pgw": {
                "environment": {"ACQUIRER_API_KEY": "abcdef", "FEED": "https://mpac:pw@feed.example.com"}
            },
        },
        {},
    )
    assert {(rule, task) for rule, task, _ in found} == {
        ("ecs-not-root", "svc-portal"),
        ("ecs-read-only", "svc-smarttab"),
        ("secret-not-in-environment", "mpac-pgw"),
    }
    assert len(found) == 4
