"""What `make up` prints at its end is what people copy."""

import io
from pathlib import Path

from rich.console import Console

from local.progress import Progress
from local.report import print_results
from local.run_directory import RunDirectory

ARN = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:mpac/staging/cache-AbCdEf"
# As the engine masks a secret.
MASKED = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": ""}


def test_outputs_are_printed_as_they_are_and_secrets_as_such(tmp_path: Path) -> None:
    console = Console(file=io.StringIO(), width=200)
    outputs = {"cache": {"secretArn": ARN}, "dataHolders": MASKED, "style": "[bold]"}
    print_results(console, [Progress(stack="staging", outputs=outputs)], RunDirectory(tmp_path))
    printed = console.file.getvalue()  # type: ignore[attr-defined]
    rows = [line.split("│")[1:3] for line in printed.splitlines() if line.startswith("│")]
    values = {name.strip(): value.strip() for name, value in rows}
    assert values["cache.secretArn"] == ARN
    assert values["dataHolders"] == "[secret]"
    assert values["style"] == "[bold]"
