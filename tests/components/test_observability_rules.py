"""Alert rules: what each says, and the objective behind them. What sets them off: `tests/programs`."""

import pytest

from components.observability.configuration.rules import (
    Objective,
    observability_alerts,
    service_alerts,
)


def test_every_alert_says_what_to_do() -> None:
    alerts = [*service_alerts(Objective()), *observability_alerts()]
    assert len({alert.name for alert in alerts}) == len(alerts)
    for alert in alerts:
        assert alert.summary
        assert alert.description.endswith(".")


def test_the_objective_is_999_in_1000() -> None:
    objective = Objective()
    assert (objective.percent, objective.allowed) == (99.9, 0.001)
    # 2 percent of 28 days' failures in an hour, 5 in six: Site Reliability Workbook, chapter 5.
    hours = 28 * 24
    assert objective.burn_rates == {"1h": 0.02 * hours, "6h": pytest.approx(0.05 * hours / 6)}
