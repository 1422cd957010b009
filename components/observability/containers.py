"""The main containers of the observability services."""

import pulumi

from ..compute.containers import Container, HealthCommand, Mount
from ..compute.permissions import SecretValue
from ..context import DataClass
from .args import GrafanaDatabase, ObsStackArgs
from .configuration.grafana import PROVISIONING_PATH
from .configuration.topology import (
    ALLOY_PORT,
    CONFIGURATION_PATH,
    GRAFANA_PATH,
    GRAFANA_PORT,
    GRPC_PORT,
    LOKI_PATH,
    LOKI_PORT,
    MEMBERLIST_PORT,
    OTLP_GRPC_PORT,
    OTLP_HTTP_PORT,
    PROMETHEUS_PATH,
    PROMETHEUS_PORT,
    REPLICA_VARIABLE,
    TEMPO_PATH,
    TEMPO_PORT,
)
from .settings import SingleSignOn

CHECK_ALLOY = (
    f"exec 3<>/dev/tcp/127.0.0.1/{ALLOY_PORT}"
    r" && printf 'GET /-/ready HTTP/1.0\r\n\r\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"
)
# Users of the images; those of the access points are the same.
PROMETHEUS_USER = 65534
LOKI_USER = TEMPO_USER = 10001
GRAFANA_USER = 472


def alloy_container(image: pulumi.Input[str]) -> Container:
    """Collect what services send."""
    return Container(
        name="alloy",
        image=image,
        is_go=True,
        ports=[OTLP_GRPC_PORT, OTLP_HTTP_PORT, ALLOY_PORT],
        command=[
            "run",
            "--disable-reporting",
            # By default nobody else could scrape it.
            f"--server.http.listen-addr=0.0.0.0:{ALLOY_PORT}",
            "--storage.path=/tmp/alloy",
            f"{CONFIGURATION_PATH}/config.alloy",
        ],
        # Its image is Ubuntu, without curl and wget. Ready is who has read its configuration: whether it can
        # deliver is another thing, which no restart fixes.
        health=HealthCommand(command=["bash", "-c", CHECK_ALLOY], start_seconds=120),
    )


def prometheus_container(image: pulumi.Input[str], replica: str) -> Container:
    """Store and scrape metrics."""
    return Container(
        name="prometheus",
        image=image,
        is_go=True,
        ports=[PROMETHEUS_PORT],
        environment={REPLICA_VARIABLE: replica},
        command=[
            f"--config.file={CONFIGURATION_PATH}/prometheus.yml",
            f"--storage.tsdb.path={PROMETHEUS_PATH}",
            "--web.enable-otlp-receiver",
        ],
        user=_user(PROMETHEUS_USER),
        mounts=[Mount(volume="prometheus", path=PROMETHEUS_PATH)],
        # Healthy is also who still reads what was written before the start.
        health=_http_health(PROMETHEUS_PORT, "/-/healthy"),
    )


def loki_container(image: pulumi.Input[str], replica: str) -> Container:
    """Store logs.

    Its image has no program but Loki, which can check its own health since 3.7.0 (`-health`,
    https://github.com/grafana/loki/pull/20313): until then the alarm on running tasks has to do.
    """
    return Container(
        name="loki",
        image=image,
        is_go=True,
        ports=[LOKI_PORT, GRPC_PORT, MEMBERLIST_PORT],
        environment={REPLICA_VARIABLE: replica},
        command=[f"-config.file={CONFIGURATION_PATH}/loki.yml", "-config.expand-env=true"],
        user=_user(LOKI_USER),
        mounts=[Mount(volume="loki", path=LOKI_PATH)],
    )


def tempo_container(image: pulumi.Input[str], replica: str) -> Container:
    """Store traces."""
    return Container(
        name="tempo",
        image=image,
        is_go=True,
        ports=[OTLP_GRPC_PORT, TEMPO_PORT, GRPC_PORT, MEMBERLIST_PORT],
        environment={REPLICA_VARIABLE: replica},
        command=[f"-config.file={CONFIGURATION_PATH}/tempo.yml", "-config.expand-env=true"],
        user=_user(TEMPO_USER),
        mounts=[Mount(volume="tempo", path=TEMPO_PATH)],
        # Its image is distroless:debug, with busybox, up to 2.9.2 (components.observability.settings). Not
        # /ready, which at the start waits for every other replica: one that is dead would keep its neighbours
        # from coming back.
        health=_http_health(TEMPO_PORT, "/status/version", wget="/busybox/wget"),
    )


def grafana_container(
    args: ObsStackArgs, *, password: pulumi.Input[str], encryption_key: pulumi.Input[str]
) -> Container:
    """Show all of it.

    Args:
        args: Inputs of the stack.
        password: Secret with the password of the administrator.
        encryption_key: Secret with what Grafana encrypts secrets in its database with.
    """
    settings, database = args.settings.grafana, args.grafana_database
    single_sign_on = settings.single_sign_on

    def secret(arn: pulumi.Input[str], json_field: str = "password") -> SecretValue:
        return SecretValue(arn=arn, key_arn=args.context.key_arn(DataClass.SECRETS), json_field=json_field)

    return Container(
        name="grafana",
        image=args.image(settings.image),
        is_go=True,
        ports=[GRAFANA_PORT],
        environment={
            "GF_SERVER_ROOT_URL": settings.root_url,
            # Its index of dashboards is here (unified-search/bleve), which two tasks on shared files would
            # damage and which does not work over NFS: in memory each task makes its own.
            "GF_PATHS_DATA": "/tmp",  # noqa: S108
            "GF_PATHS_PLUGINS": f"{GRAFANA_PATH}/plugins",
            "GF_PATHS_PROVISIONING": PROVISIONING_PATH,
            "GF_LOG_MODE": "console",
            "GF_PLUGINS_PREINSTALL_DISABLED": "true",
            "GF_ANALYTICS_REPORTING_ENABLED": "false",
            "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
            "GF_USERS_ALLOW_SIGN_UP": "false",
            # Alerts are of Prometheus and CloudWatch; two Grafanas would each send theirs.
            "GF_UNIFIED_ALERTING_EXECUTE_ALERTS": "false",
            **_database_environment(database),
            **(_sign_on_environment(single_sign_on) if single_sign_on else {}),
        },
        secrets={
            "GF_SECURITY_ADMIN_PASSWORD": secret(password),
            "GF_SECURITY_SECRET_KEY": secret(encryption_key),
            **({"GF_DATABASE_PASSWORD": secret(database.password_secret_arn)} if database else {}),
            **(
                {
                    "GF_AUTH_GENERIC_OAUTH_CLIENT_SECRET": secret(
                        single_sign_on.client_secret_arn, "clientSecret"
                    )
                }
                if single_sign_on
                else {}
            ),
        },
        user=_user(GRAFANA_USER),
        mounts=[Mount(volume="grafana", path=GRAFANA_PATH)],
        tmpfs_mib={"/tmp": 256},  # noqa: S108
        health=_http_health(GRAFANA_PORT, "/api/health"),
    )


def tunnel_container(image: pulumi.Input[str]) -> Container:
    """Wait for as long as a session may last; the session's agent does the rest."""
    return Container(name="tunnel", image=image, entry_point=["/bin/sh", "-c"], command=["exec sleep 3600"])


def _database_environment(database: GrafanaDatabase | None) -> dict[str, pulumi.Input[str]]:
    if database is None:
        # SQLite on EFS would lock up.
        return {"GF_DATABASE_TYPE": "sqlite3", "GF_DATABASE_PATH": "/tmp/grafana.db"}  # noqa: S108
    return {
        "GF_DATABASE_TYPE": "postgres",
        "GF_DATABASE_HOST": pulumi.Output.format("{0}:{1}", database.host, database.port),
        "GF_DATABASE_NAME": "grafana",
        "GF_DATABASE_USER": "grafana",
        "GF_DATABASE_SSL_MODE": "require",
    }


def _sign_on_environment(single_sign_on: SingleSignOn) -> dict[str, pulumi.Input[str]]:
    return {
        "GF_AUTH_GENERIC_OAUTH_ENABLED": "true",
        "GF_AUTH_GENERIC_OAUTH_NAME": "Single sign-on",
        "GF_AUTH_GENERIC_OAUTH_SCOPES": "openid profile email",
        "GF_AUTH_GENERIC_OAUTH_USE_PKCE": "true",
        "GF_AUTH_GENERIC_OAUTH_CLIENT_ID": single_sign_on.client_id,
        "GF_AUTH_GENERIC_OAUTH_AUTH_URL": single_sign_on.authorization_url,
        "GF_AUTH_GENERIC_OAUTH_TOKEN_URL": single_sign_on.token_url,
        "GF_AUTH_GENERIC_OAUTH_API_URL": single_sign_on.user_info_url,
        # Who may sign in is the provider's to say; all may look, none may change.
        "GF_AUTH_GENERIC_OAUTH_ALLOW_SIGN_UP": "true",
        "GF_USERS_AUTO_ASSIGN_ORG_ROLE": "Viewer",
        "GF_AUTH_DISABLE_LOGIN_FORM": "true",
    }


def _user(number: int) -> str:
    return f"{number}:{number}"


def _http_health(port: int, path: str, *, wget: str = "wget") -> HealthCommand:
    return HealthCommand(
        command=[wget, "-q", "-O", "/dev/null", f"http://127.0.0.1:{port}{path}"], start_seconds=120
    )
