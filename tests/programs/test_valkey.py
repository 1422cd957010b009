"""The users and parameters of the cache, by the real Valkey.

ElastiCache's is 9.0, Debian's 8.1.
"""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from components.cache.engine import APPLICATION_RULES, NO_RULES, PARAMETERS
from tests.programs.conftest import Program, free_port, wait_for

PASSWORDS = {"application": "applicationSecret1", "default": "nobodysSecret1", "aws": "awsSecret1"}
Ask = Callable[..., list[str]]


@pytest.fixture(scope="module")
def server(program: Program, directory: Path) -> Iterator[int]:
    """The port of a node with the cluster's users and the parameters of its group."""
    rules = {"application": APPLICATION_RULES, "default": NO_RULES, "aws": "on ~* &* +@all"}
    users = "".join(f"user {user} {rules[user]} >{PASSWORDS[user]}\n" for user in rules)
    (directory / "users.acl").write_text(users)
    port = free_port()
    options = {
        **PARAMETERS,
        "port": str(port),
        # It would be the port and 10000 more, which may be none.
        "cluster-port": str(free_port()),
        "bind": "127.0.0.1",
        "dir": str(directory),
        "aclfile": str(directory / "users.acl"),
        "save": "",
        "maxmemory": "8mb",
    }
    command = [program("valkey-server")]
    for name, value in options.items():
        command += [f"--{name}", value]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        wait_for(port, process)
        yield port
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def ask(program: Program, server: int) -> Ask:
    """``ask("SET a 1", "GET a")`` -> what the node answers, line by line."""
    cli = program("valkey-cli")

    def run(*commands: str, user: str = "application", password: str | None = None) -> list[str]:
        who = ["--user", user, "--pass", password or PASSWORDS[user], "--no-auth-warning"] if user else []
        ran = subprocess.run(
            [cli, "-p", str(server), *who],
            input="\n".join(commands),
            capture_output=True,
            text=True,
            check=False,
        )
        return (ran.stdout + ran.stderr).split("\n")

    assert run("CLUSTER ADDSLOTSRANGE 0 16383", user="aws")[0] == "OK"
    while "cluster_state:ok" not in "".join(run("CLUSTER INFO")):
        pass
    return run


@pytest.mark.parametrize(
    "command",
    [
        "FLUSHALL",
        "FLUSHDB",
        "KEYS *",
        "SHUTDOWN NOSAVE",
        "CONFIG GET *",
        "CONFIG SET maxmemory-policy noeviction",
        "ACL LIST",
        "ACL SETUSER other on",
        "MONITOR",
        "SWAPDB 0 1",
        "REPLICAOF NO ONE",
        "FAILOVER",
        "CLUSTER FAILOVER",
        "CLUSTER RESET",
        "CLIENT KILL TYPE normal",
        "CLIENT LIST",
        "MODULE LIST",
        "SLOWLOG GET",
        "MIGRATE 127.0.0.1 1 key 0 1",
    ],
)
def test_services_are_refused(ask: Ask, command: str) -> None:
    assert ask(command)[0].startswith("NOPERM User application has no permissions")


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("SET session:1 a EX 60", "OK"),
        ("DEL session:2", "0"),
        ("INCR limits:1", "1"),
        ("EVAL 'return redis.call(\"SET\", KEYS[1], 1)' 1 locks:1", "OK"),
        ("PUBLISH channel message", "0"),
        # What clients of a cluster send when they connect.
        ("HELLO 3", "server"),
        ("INFO server", "# Server"),
        ("CLIENT SETINFO LIB-NAME redisson", "OK"),
        ("CLUSTER SLOTS", "16383"),
        ("CLUSTER SHARDS", "slots"),
        ("READONLY", "OK"),
    ],
)
def test_services_use_it(ask: Ask, command: str, answer: str) -> None:
    assert answer in "\n".join(ask(command))


@pytest.mark.parametrize(
    ("user", "password", "refusal"),
    [
        ("", None, "NOAUTH"),
        # Its password is right: it is switched off.
        ("default", None, "WRONGPASS"),
        ("application", "another", "WRONGPASS"),
    ],
)
def test_nobody_else_reads_anything(ask: Ask, user: str, password: str | None, refusal: str) -> None:
    answers = ask("GET session:1", user=user, password=password)
    assert refusal in "".join(answers)
    assert any(line.startswith("NOAUTH") for line in answers)


def test_rules_are_written_as_elasticache_answers_them(ask: Ask) -> None:
    listed = {line.split()[1]: line for line in ask("ACL LIST", user="aws") if line}
    for user, rules in (("application", APPLICATION_RULES), ("default", NO_RULES)):
        first, *others = rules.split()
        shown = [word for word in listed[user].split()[2:] if not word.startswith(("#", "sanitize"))]
        assert shown == [first, *others]


def test_a_full_cache_drops_what_expires_soonest_and_never_what_does_not(ask: Ask) -> None:
    value = "x" * 10_000
    ask(*(f"SET kept:{number} {value}" for number in range(100)))
    ask(*(f"SET soon:{number} {value} EX 100" for number in range(150)))
    ask(*(f"SET late:{number} {value} EX 100000" for number in range(600)))

    def there(kind: str, count: int) -> int:
        return sum(answer == "1" for answer in ask(*(f"EXISTS {kind}:{number}" for number in range(count))))

    assert there("kept", 100) == 100
    # It looks at some keys each time, not at all.
    assert there("soon", 150) < 30
    assert there("late", 600) > 300
    # Nothing is left that may go.
    answers = ask(*(f"SET further:{number} {value}" for number in range(800)))
    assert any(answer.startswith("OOM") for answer in answers)
    assert there("late", 600) == 0
    assert there("kept", 100) == 100
