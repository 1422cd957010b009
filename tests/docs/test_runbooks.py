"""What the documents have people type: the AWS CLI understands it, by the models that it is made of."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.validate import ParamValidator

from tests.aws_cli import call

DOCUMENTS = sorted(Path(__file__).parents[2].glob("docs/*.md"))
# Commands of the CLI alone, which no model has, each with its page.
OF_THE_CLI_ALONE = {
    ("logs", "tail"): "https://docs.aws.amazon.com/cli/latest/reference/logs/tail.html",
    # Its options are those of one metric.
    (
        "cloudwatch",
        "put-metric-data",
    ): "https://docs.aws.amazon.com/cli/latest/reference/cloudwatch/put-metric-data.html",
}
_BLOCK = re.compile(r"^ *```\w*\n(.*?)^ *```|((?:^ {4,}.*\n)+)", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`(aws [^`]+)`")
_START = re.compile(r"(?:^|\$\()\s*(aws )", re.MULTILINE)
_PLACEHOLDER = re.compile(r"(?<!['\"])<[^<>\"]+>(?!['\"])")
_UNSAID = "..."


def commands(document: Path) -> Iterator[tuple[str, bool]]:
    """Yield each command, and whether it is whole: those in a sentence name what is meant."""
    text = document.read_text()
    for match in _BLOCK.finditer(text):
        block = re.sub(r"\\\n\s*", "", match[1] or match[2])
        for start in _START.finditer(block):
            command = _first(block[start.start(1) :])
            yield command, not command.endswith(_UNSAID)
    for match in _INLINE.finditer(_BLOCK.sub("", text)):
        yield match[1], False


def _first(text: str) -> str:
    """Cut what follows a command: the next line, another command, or the end of `$(`."""
    quote = ""
    for place, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "\n)|":
            return text[:place].rstrip()
    return text.rstrip()


class Dry:
    """In place of a client: keeps what it would send."""

    def __init__(self, service: str) -> None:
        self._session = botocore.session.get_session()
        # What the CLI calls otherwise.
        self._service = {"s3api": "s3"}.get(service, service)
        self.meta = self
        self.service_model = self._session.get_service_model(self._service)
        self.problems = ""
        self.lacks: set[str] = set()

    def get_waiter(self, name: str) -> Any:  # noqa: ANN401 (boto3 has no types)
        waiters = self._session.get_waiter_model(self._service)
        (known,) = [each for each in waiters.waiter_names if xform_name(each) == name]
        waiter = Dry(self._service)
        waiter.config = waiters.get_waiter(known)  # type: ignore[attr-defined]
        waiter.wait = self._send(waiter.config.operation)  # type: ignore[attr-defined]
        return waiter

    def __getattr__(self, method: str) -> Any:  # noqa: ANN401
        (operation,) = [each for each in self.service_model.operation_names if xform_name(each) == method]
        return self._send(operation)

    def _send(self, name: str) -> Any:  # noqa: ANN401
        operation = self.service_model.operation_model(name)
        shape = operation.input_shape

        def send(**given: Any) -> dict[str, Any]:  # noqa: ANN401
            # The CLI makes tokens itself.
            self.lacks = {*shape.required_members} - {*operation.idempotent_members} - {*given}
            # What is no JSON may be what the shell puts in.
            self.problems = "".join(
                ParamValidator().validate(value, shape.members[member]).generate_report()
                for member, value in given.items()
                if isinstance(value, dict | list)
            )
            return {}

        return send


def read(command: str) -> tuple[Dry, str]:
    """Read a command; return what it would send, and to which region."""
    words = shlex.split(_PLACEHOLDER.sub("PLACEHOLDER", command))[1:]
    if words[-1] == _UNSAID:
        words = words if words[-2].startswith("--") else words[:-1]
    if words[-2:-1] == ["--output"]:
        words = words[:-2]
    if "--region" not in words:
        words += ["--region", ""]
    dry, region = Dry(words[0]), words[words.index("--region") + 1]

    def client_of(service: str, _: str) -> Dry:
        del service
        return dry

    call(client_of, words)
    return dry, region


COMMANDS = [
    (document.name, *found)
    for document in DOCUMENTS
    for found in commands(document)
    if tuple(found[0].split()[1:3]) not in OF_THE_CLI_ALONE
]


@pytest.mark.parametrize(("document", "command", "whole"), COMMANDS)
def test_the_cli_knows_the_command_and_its_options(document: str, command: str, *, whole: bool) -> None:
    del document
    dry, region = read(command)
    assert dry.problems == ""
    if whole:
        assert dry.lacks == set()
        assert region, "a command says in which region it acts"


def test_commands_are_found_wherever_they_stand() -> None:
    found = {document for document, _, _ in COMMANDS}
    assert {"failover.md", "first-deployment.md", "grafana.md", "replication.md", "restore.md"} <= found
    assert len([command for _, command, whole in COMMANDS if whole]) >= 20


@pytest.mark.parametrize(
    "command",
    [
        "aws rds create-job",
        "aws rds wait db-instance-gone",
        "aws rds modify-db-instance --deletion-protected",
        "aws s3control create-job --manifest-genrator '{}'",
    ],
)
def test_what_the_cli_does_not_know_is_refused(command: str) -> None:
    with pytest.raises(ValueError, match=r"no option|not enough values"):
        read(command)


def test_what_a_command_lacks_and_what_is_wrong_inside_is_found() -> None:
    dry, region = read("aws s3control create-job --account-id 1 --report '{\"Enable\": false}'")
    assert (dry.lacks, region) == ({"Operation", "Priority", "RoleArn"}, "")
    assert "Enable" in dry.problems
