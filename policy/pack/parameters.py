"""Parameter groups of RDS, and the databases that use them."""

from collections.abc import Iterator, Mapping

from .graph import Graph, Resource
from .values import ABSENT, Unknown
from .verdicts import Check, Verdict

DATABASE = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
PARAMETERS = "aws:rds/parameterGroup:ParameterGroup"
CLUSTER_PARAMETERS = "aws:rds/clusterParameterGroup:ClusterParameterGroup"
ON = Check(
    "on", lambda value: value is not ABSENT and str(value).lower() not in ("0", "off", "false", "no", "")
)


def parameter(group: Resource, name: str, check: Check) -> Verdict:
    """Judge what a group sets a parameter to; it must set it."""
    items = group.items("parameters")
    for path, item in items:
        if isinstance(item, Mapping) and item.get("name") == name:
            return group.must(f"{path}.value", check)
    if any(isinstance(item, Unknown) for _, item in items):
        return group.not_judged("parameters")
    return group.fails("parameters", f"parameters do not set {name}; expected: {check.expected}")


def postgres_parameters(group: Resource, wanted: Mapping[str, Check]) -> Iterator[Verdict]:
    """Judge several parameters, if the group is for PostgreSQL."""
    family = group.get("family")
    if isinstance(family, Unknown):
        yield group.not_judged("family")
    elif "postgres" in str(family):
        for name, check in wanted.items():
            yield parameter(group, name, check)


def groups_of(graph: Graph, database: Resource) -> list[Resource]:
    """Find the parameter groups that a database, or a cluster of them, really uses."""
    return graph.targets(database, group_path(database), PARAMETERS, CLUSTER_PARAMETERS)


def group_path(database: Resource) -> str:
    """Return the input that names the parameter group."""
    return "dbClusterParameterGroupName" if database.type == CLUSTER else "parameterGroupName"
