"""A copy of the Terraform AWS provider with only the services that the program uses.

The provider has some 260 services and an SDK for each; compiling them all takes three times as long as
compiling these. Two generated files name every service: one lists them, one has a client of each SDK. Both
lose the lines of what is not used. The code of what is used stays as it is.
"""

import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from local.toolchain.cache import ToolchainError

PROVIDER = "github.com/hashicorp/terraform-provider-aws"
SERVICES = f"{PROVIDER}/internal/service/"
SDKS = "github.com/aws/aws-sdk-go-v2/service/"
LIST = Path("internal/provider/sdkv2/service_packages_gen.go")
CLIENTS = Path("internal/conns/awsclient_gen.go")

_IMPORT = re.compile(r'^\s*(?:import )?(?:[\w.]+ )?"([^"]+)"$', re.MULTILINE)
# Never compiled into the provider.
_LEFT_OUT = shutil.ignore_patterns(
    "*_test.go", "testdata", "test-fixtures", "website", "docs", "examples", "tools", ".ci", ".github"
)
# Their imports say nothing about what a running provider needs.
_NOT_LINKED = {"service", "acctest", "generate", "sweep"}


def trimmed_copy(source: Path, target: Path, wanted: Iterable[str]) -> set[str]:
    """Copy the provider with some of its services.

    Args:
        source: The provider's module.
        target: Where to make the copy.
        wanted: Names of service packages.

    Returns:
        The services kept: the wanted ones and those that they build on.

    Raises:
        ToolchainError: A wanted service does not exist, or the provider is put together in another way.
    """
    shutil.copytree(source, target, ignore=_LEFT_OUT)
    for directory in [target, *(path for path in target.rglob("*") if path.is_dir())]:
        directory.chmod(0o755)  # the module cache is read-only
    services = _with_dependencies(target, wanted)
    kept_sdks = {sdk for directory in _linked(target, services) for sdk in _imports(directory, SDKS)}
    _rewrite(target / LIST, lambda text: _listed(text, services))
    _rewrite(target / CLIENTS, lambda text: _clients(text, kept_sdks))
    return services


def _with_dependencies(provider: Path, wanted: Iterable[str]) -> set[str]:
    services: set[str] = set()
    open_ends = list(wanted)
    while open_ends:
        service = open_ends.pop()
        if service in services:
            continue
        directory = provider / "internal/service" / service
        if not directory.is_dir():
            raise ToolchainError(f"The AWS provider has no service package {service}; see services.txt.")
        services.add(service)
        for part in _directories(directory):
            open_ends += _imports(part, SERVICES)
    return services


def _linked(provider: Path, services: set[str]) -> Iterator[Path]:
    """Yield the directories whose code ends up in the provider."""
    for service in services:
        yield from _directories(provider / "internal/service" / service)
    for directory in _directories(provider / "internal"):
        if directory.relative_to(provider / "internal").parts[:1] not in {(name,) for name in _NOT_LINKED}:
            yield directory


def _directories(top: Path) -> Iterator[Path]:
    yield top
    yield from (path for path in top.rglob("*") if path.is_dir())


def _imports(directory: Path, prefix: str) -> set[str]:
    """Return the first path element behind the prefix of everything that a package imports."""
    found = set()
    for path in directory.glob("*.go"):
        if path.name != CLIENTS.name:
            head = path.read_text().split("\nfunc ", 1)[0]
            found |= {
                name[len(prefix) :].split("/")[0] for name in _IMPORT.findall(head) if name.startswith(prefix)
            }
    return found


def _listed(text: str, services: set[str]) -> str:
    kept = []
    for line in text.splitlines():
        match = re.match(rf'\s*(?:\w+ )?"{re.escape(SERVICES)}(\w+)"$', line) or re.match(
            r"\s*(\w+)\.ServicePackage\(ctx\),$", line
        )
        if not match or match[1] in services:
            kept.append(line)
    return "\n".join(kept) + "\n"


def _clients(text: str, sdks: set[str]) -> str:
    head, *functions = text.split("\nfunc ")
    names = set()
    kept = []
    for line in head.splitlines():
        match = re.match(rf'\s*(?:(\w+) )?"{re.escape(SDKS)}(\w+)"$', line)
        if match and match[2] not in sdks:
            continue
        if match:
            names.add(match[1] or match[2])
        kept.append(line)
    client = re.compile(r"\*(\w+)\.Client")
    functions = [body for body in functions if not (m := client.search(body)) or m[1] in names]
    return "\nfunc ".join(["\n".join(kept), *functions])


def _rewrite(path: Path, change: Callable[[str], str]) -> None:
    text = path.read_text() if path.exists() else ""
    changed = change(text)
    if not text or changed == text:
        raise ToolchainError(
            f"{path.name} of the AWS provider looks different from what trim.py knows; "
            "adapt it to the new version, or pin the old one in go.mod."
        )
    path.chmod(0o644)
    path.write_text(changed)
