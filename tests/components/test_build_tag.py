"""The tag of a built image follows the content of its build context."""

from collections.abc import Callable
from pathlib import Path

import pytest

from components.registry.build_tag import content_tag

AMD, ARM = "linux/amd64", "linux/arm64"


@pytest.fixture
def context(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("print(1)")
    (tmp_path / "src" / "debug.log").write_text("noise")
    (tmp_path / "Dockerfile").write_text("FROM python:3.13.1\nCOPY src /src\n")
    (tmp_path / ".dockerignore").write_text("# noise\n**/*.log\n.dockerignore\nDockerfile\n!src/keep.log\n")
    return tmp_path


def tag(context: Path, dockerfile: str = "Dockerfile", platform: str = AMD) -> str:
    return content_tag(context, dockerfile, platform)


def test_the_same_content_has_the_same_tag_wherever_it_lies(context: Path) -> None:
    elsewhere = context.parent / f"{context.name}-copy"
    elsewhere.mkdir()
    for path in sorted(context.rglob("*")):
        copy = elsewhere / path.relative_to(context)
        if path.is_dir():
            copy.mkdir()
        else:
            copy.write_bytes(path.read_bytes())
    assert tag(elsewhere) == tag(context) == tag(context)
    assert len(tag(context)) == 20


@pytest.mark.parametrize(
    "change",
    [
        lambda context: (context / "src" / "app.py").write_text("print(2)"),
        lambda context: (context / "src" / "app.py").rename(context / "src" / "main.py"),
        lambda context: (context / "src" / "app.py").chmod(0o755),
        lambda context: (context / "src" / "more.py").touch(),
        lambda context: (context / "src" / "keep.log").touch(),
        lambda context: (context / "src" / "link.py").symlink_to("app.py"),
        lambda context: (context / "Dockerfile").write_text("FROM python:3.13.2\nCOPY src /src\n"),
        lambda context: (context / "Dockerfile.dockerignore").write_text("src/app.py\n"),
    ],
    ids=["content", "name", "mode", "new", "kept", "link", "dockerfile though ignored", "own ignore file"],
)
def test_other_content_has_another_tag(context: Path, change: Callable[[Path], object]) -> None:
    before = tag(context)
    change(context)
    assert tag(context) != before


def test_what_is_ignored_changes_nothing(context: Path) -> None:
    before = tag(context)
    (context / "src" / "debug.log").write_text("other noise")
    (context / "src" / "new.log").touch()
    assert tag(context) == before


def test_a_link_has_another_tag_when_what_it_leads_to_changes(context: Path) -> None:
    outside = context.parent / f"{context.name}-outside"
    outside.write_text("1")
    (context / "src" / "link").symlink_to(outside)
    before = tag(context)
    outside.write_text("2")
    assert tag(context) != before


def test_platform_and_dockerfile_tell_tags_apart(context: Path) -> None:
    (context / "Dockerfile.debug").write_text("FROM python:3.13.1-slim\n")
    assert len({tag(context), tag(context, platform=ARM), tag(context, "Dockerfile.debug")}) == 3


def test_a_context_that_is_not_there_is_named(context: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere/Dockerfile is no file"):
        tag(context / "nowhere")
