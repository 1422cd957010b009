"""Configuration of the managed Alertmanager."""

from .documents import to_yaml
from .rules import HEARTBEAT

# SNS takes plain text, of which an e-mail shows the first 256 kB.
_MESSAGE = (
    "{{ range .Alerts }}{{ .Status }}: {{ .Annotations.summary }}\n"
    "{{ .Annotations.description }}\n\n{{ end }}"
)


def alert_manager_configuration(topic_arn: str, region: str) -> str:
    """Send what goes off to the topic of the alarms, one message for all series of an alert."""
    return to_yaml(
        {
            # The only part of it that the managed one reads from here is a document in a document.
            "alertmanager_config": to_yaml(
                {
                    "route": {
                        "receiver": "alarms",
                        "group_by": ["alertname"],
                        "group_wait": "30s",
                        "group_interval": "5m",
                        "repeat_interval": "12h",
                        "routes": [
                            {"receiver": "nobody", "matchers": [f'alertname="{HEARTBEAT}"']},
                        ],
                    },
                    "receivers": [
                        {"name": "nobody"},
                        {
                            "name": "alarms",
                            "sns_configs": [
                                {
                                    "topic_arn": topic_arn,
                                    "sigv4": {"region": region},
                                    "subject": "{{ .CommonLabels.alertname }}: {{ .Status }}",
                                    "message": _MESSAGE,
                                }
                            ],
                        },
                    ],
                }
            )
        }
    )
