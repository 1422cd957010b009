"""How the number of a service's tasks follows its load."""

from dataclasses import dataclass

# Average CPU that scaling aims at: the requirements' figure for every service.
CPU_PERCENT = 60


@dataclass(frozen=True, kw_only=True)
class TaskMetric:
    """A metric that the tasks of a service publish, such as WebSocket connections.

    Attributes:
        namespace: CloudWatch namespace.
        name: Name of the metric. Its dimensions are `ClusterName` and `ServiceName`, and each task publishes
            its own value: the average over the tasks is compared with the target.
        target: Value per task that is aimed at.
    """

    namespace: str
    name: str
    target: float


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """Between which numbers of tasks a service scales, and by what.

    Attributes:
        min_tasks: Least tasks, at least 1.
        max_tasks: Most tasks.
        cpu_percent: Average CPU aimed at.
        memory_percent: Average memory aimed at.
        requests_per_minute: Requests per task and minute aimed at; only with an application load balancer.
        task_metric: A metric of the tasks' own that is aimed at.
        cpu_alarm_percent: CPU above which more tasks are started at once.
        memory_alarm_percent: Memory above which more tasks are started at once.
        latency_alarm_seconds: 95th percentile of the answers' time above which more tasks are started; only
            with an application load balancer.
        scale_out_seconds: Pause after tasks were added.
        scale_in_seconds: Pause after tasks were taken away.
    """

    min_tasks: int
    max_tasks: int
    cpu_percent: float = CPU_PERCENT
    memory_percent: float = 70
    requests_per_minute: float | None = None
    task_metric: TaskMetric | None = None
    cpu_alarm_percent: float = 70
    memory_alarm_percent: float = 80
    latency_alarm_seconds: float = 0.5
    scale_out_seconds: int = 60
    scale_in_seconds: int = 300

    def __post_init__(self) -> None:
        """Refuse limits that Application Auto Scaling refuses."""
        if not 1 <= self.min_tasks <= self.max_tasks:
            raise ValueError(
                f"From {self.min_tasks} to {self.max_tasks} tasks: give at least 1, and not fewer at most."
            )
