"""Who may log in to a database, and how they prove who they are."""

from collections.abc import Iterator

from ..graph import Resource
from ..parameters import CLUSTER_PARAMETERS, PARAMETERS, postgres_parameters
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, resource_rule
from ..settings import Settings
from ..values import ABSENT
from ..verdicts import IS_TRUE, Check, Verdict, equals

DATABASES = ("aws:rds/instance:Instance", "aws:rds/cluster:Cluster")
RDS_CONTROLS = f"{SECURITY_HUB}/rds-controls.html"
# Names that tools of attackers try first.
GUESSED = ("admin", "administrator", "mysql", "postgres", "postgresql", "root", "sa")
OWN_NAME = Check("a name of one's own", lambda value: value not in (ABSENT, "", *GUESSED))


@resource_rule(
    "rds-scram",
    PARAMETERS,
    CLUSTER_PARAMETERS,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    reason="An MD5 hash of a password is as good as the password, and is cracked in hours.",
    remedy="Set password_encryption to scram-sha-256 and rds.accepted_password_auth_method to scram.",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL_Password_Encryption_configuration.html",
)
def rds_scram(group: Resource, _: Settings) -> Iterator[Verdict]:
    """Of PostgreSQL, which takes both unless told not to."""
    wanted = {
        "password_encryption": equals("scram-sha-256"),
        "rds.accepted_password_auth_method": equals("scram"),
    }
    yield from postgres_parameters(group, wanted)


@resource_rule(
    "rds-iam-authentication",
    *DATABASES,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    controls=Controls(fsbp=("RDS.10",), checkov=("CKV_AWS_161",)),
    reason="People log in with a token that lasts 15 minutes, not with a password that they pass on.",
    remedy="Set iam_database_authentication_enabled=True.",
    url=f"{RDS_CONTROLS}#rds-10",
)
def rds_iam_authentication(database: Resource, _: Settings) -> Iterator[Verdict]:
    """Off unless switched on; services may use passwords beside it."""
    yield database.must("iamDatabaseAuthenticationEnabled", IS_TRUE)


@resource_rule(
    "rds-admin-name",
    *DATABASES,
    severity=Severity.LOW,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("RDS.24", "RDS.25")),
    reason="A user name that everybody knows is half of the log-in.",
    remedy="Set username (of a cluster: master_username) to one's own; a new one replaces the database.",
    url=f"{RDS_CONTROLS}#rds-25",
)
def rds_admin_name(database: Resource, _: Settings) -> Iterator[Verdict]:
    """A replica, and what is restored, has the name of its source."""
    copies = (
        "globalClusterIdentifier",
        "replicateSourceDb",
        "replicationSourceIdentifier",
        "snapshotIdentifier",
        "restoreToPointInTime",
    )
    if not any(database.has(path) for path in copies):
        yield database.must("masterUsername" if "cluster" in database.type else "username", OWN_NAME)
