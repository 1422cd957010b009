"""What the toolchain consists of, and where it comes from."""

import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from local.toolchain import cache, golang, trim
from local.toolchain.cache import ToolchainError, say
from local.toolchain.installed import installed, remembered

HERE = Path(__file__).parent
REQUIREMENTS = HERE.parents[1] / "requirements.txt"
ENGINE_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"
PROVIDERS = ("aws", "random")
ENGINE_TAGS = "osusergo,grpcnotrace"
LINKER_FLAGS = "-s -w"
# Measured from empty: 3.0, 4.2 and 0.4; and some room.
MODULES_GIGABYTES, COMPILED_GIGABYTES, OWN_GIGABYTES = 3.2, 4.6, 0.7


@dataclass(frozen=True)
class Toolchain:
    """Programs that are ready to run.

    Attributes:
        bin: Directory to put first on PATH: the engine and its language host.
        plugins: Directory of the providers, to be `$PULUMI_HOME/plugins`.
        origin: Whether the programs were built here or are the user's own.
    """

    bin: Path
    plugins: Path
    origin: Literal["built", "installed"]


def ensure() -> Toolchain:
    """Return the toolchain, got first if it is missing.

    The user's own `pulumi` is taken when it can get its plugins; otherwise everything is built, which takes
    many minutes the first time, and nothing the next.

    Raises:
        ToolchainError: It cannot be had here; the message says why and what to do.
    """
    versions = plugin_versions()
    if toolchain := cached():
        return toolchain
    if platform.system() not in ("Linux", "Darwin"):
        raise ToolchainError(f"The local cloud runs on Linux and macOS, not on {platform.system()}.")
    with cache.locked():
        if found := installed(versions):
            return Toolchain(bin=found[0], plugins=found[1], origin="installed")
        return _built(versions)


def cached() -> Toolchain | None:
    """Return the toolchain if it is there, without trying or building anything."""
    versions = plugin_versions()
    if found := remembered(versions):
        return Toolchain(bin=found[0], plugins=found[1], origin="installed")
    try:
        keys = _keys(versions)
    except ToolchainError:
        return None  # without Go, nothing was built here
    toolchain = Toolchain(
        bin=cache.artefact("engine", keys["engine"]),
        plugins=cache.artefact("plugins", keys["plugins"]),
        origin="built",
    )
    return toolchain if toolchain.bin.exists() and toolchain.plugins.exists() else None


def plugin_versions() -> dict[str, str]:
    """The version of each provider: that of its SDK, which asks for it."""
    text = REQUIREMENTS.read_text()
    return {name: _locked_version(text, f"pulumi-{name}") for name in PROVIDERS}


def _locked_version(text: str, package: str) -> str:
    match = re.search(rf"^{package}==(\S+)", text, re.MULTILINE)
    if not match:
        raise ToolchainError(f"{REQUIREMENTS.name} has no version of {package}; run: make lock")
    return match[1]


def _keys(versions: dict[str, str]) -> dict[str, str]:
    """The cache key of each artefact."""
    base = [golang.version(), platform.system(), platform.machine(), LINKER_FLAGS, *golang.FLAGS]
    base += [f"{name}={value}" for name, value in golang.ENVIRONMENT.items()]
    keys = {"engine": cache.key([HERE / "go/engine", HERE / "language_python"], ENGINE_TAGS, *base)}
    for name in PROVIDERS:
        keys[name] = cache.key([HERE / "go" / name, HERE / "trim.py"], versions[name], *base)
    keys["plugins"] = cache.key([], *(keys[name] for name in PROVIDERS))
    return keys


def _built(versions: dict[str, str]) -> Toolchain:
    keys = _keys(versions)
    _check_disk(keys)
    engine = cache.install("engine", keys["engine"], _build_engine)
    for name in PROVIDERS:
        cache.install(name, keys[name], partial(_build_provider, name, versions[name]))

    def link(target: Path) -> None:
        for name in PROVIDERS:
            directory = target / f"resource-{name}-v{versions[name]}"
            directory.mkdir()
            program = f"pulumi-resource-{name}"
            (directory / program).symlink_to(cache.artefact(name, keys[name]) / program)

    plugins = cache.install("plugins", keys["plugins"], link)
    return Toolchain(bin=engine, plugins=plugins, origin="built")


def _check_disk(keys: dict[str, str]) -> None:
    if all(cache.artefact(name, keys[name]).exists() for name in ("engine", *PROVIDERS)):
        return
    say("Building the Pulumi engine and its providers; this happens once.")
    modules, compiled = golang.caches()
    needs = (
        ("MPAC_CACHE", cache.root(), OWN_GIGABYTES),
        ("GOCACHE", compiled, COMPILED_GIGABYTES),
        ("GOMODCACHE", modules, MODULES_GIGABYTES),
    )
    for disk in {_device(path) for _, path, _ in needs}:
        there = [need for need in needs if _device(need[1]) == disk]
        needed = sum(gigabytes for _, _, gigabytes in there)
        free = shutil.disk_usage(_existing(there[0][1])).free / 1e9
        if free < needed:
            raise ToolchainError(
                f"Building needs {needed:.1f} GB in {' and '.join(str(path) for _, path, _ in there)}, and "
                f"the disk has {free:.1f} GB left. Make room, or name a directory on a larger disk in "
                f"{' or '.join(name for name, _, _ in there)}."
            )


def _device(path: Path) -> int:
    return _existing(path).stat().st_dev


def _existing(path: Path) -> Path:
    return next(parent for parent in (path, *path.parents) if parent.exists())


def _build_engine(target: Path) -> None:
    module = HERE / "go/engine"
    sdk = golang.module_directory(module, SDK_MODULE)
    version = sdk.name.rpartition("@")[2]
    program = golang.Program(
        name="Pulumi engine",
        package=ENGINE_PACKAGE,
        module=module,
        linker_flags=f"{LINKER_FLAGS} -X {SDK_MODULE}/go/common/version.Version={version}",
        tags=ENGINE_TAGS,
    )
    golang.build(program, target / "pulumi", _log("engine"))
    for name in ("pulumi-language-python", "host.py"):
        _copy_program(HERE / "language_python" / name, target)
    for name in ("cmd/pulumi-language-python-exec", "dist/pulumi-resource-pulumi-python"):
        _copy_program(sdk / "python" / name, target)


def _copy_program(source: Path, directory: Path) -> None:
    program = directory / source.name
    shutil.copyfile(source, program)  # not its mode: sources in Go's module cache are read-only
    program.chmod(0o755)


def _build_provider(name: str, version: str, target: Path) -> None:
    module = HERE / "go" / name
    unfinished = target / "module"
    shutil.copytree(module, unfinished)
    if name == "aws":
        provider = golang.module_directory(module, trim.PROVIDER)
        wanted = [
            line for line in (module / "services.txt").read_text().splitlines() if line and line[0] != "#"
        ]
        trim.trimmed_copy(provider, target / "provider", wanted)
        replace = f"-replace={trim.PROVIDER}=../provider"
        subprocess.run(["go", "mod", "edit", replace], cwd=unfinished, env=golang.environment(), check=True)
    program = golang.Program(
        name=f"{name} provider",
        package=".",
        module=unfinished,
        linker_flags=f"{LINKER_FLAGS} -X main.version={version}",
    )
    golang.build(program, target / f"pulumi-resource-{name}", _log(name))
    for left_over in (unfinished, target / "provider"):
        shutil.rmtree(left_over, ignore_errors=True)


def _log(name: str) -> Path:
    directory = cache.root() / "logs"
    directory.mkdir(parents=True, exist_ok=True)
    return directory / f"{name}.log"
