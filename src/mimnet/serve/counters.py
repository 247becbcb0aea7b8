"""What the service counts, for Prometheus; each service has a registry of its own."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Counters:
    """The figures. Labels take few values: routes, statuses, kinds of problems, names of models."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.requests = Counter(
            "mimnet_requests", "Requests by route and status", ["route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "mimnet_request_seconds", "Time to the answer", ["route"], buckets=SECONDS, registry=self.registry
        )
        self.problems = Counter("mimnet_problems", "Refused requests by kind", ["kind"], registry=self.registry)
        self.edits = Counter(
            "mimnet_edits", "Edits by model and whether anything changed", ["model", "changed"], registry=self.registry
        )
        self.stages = Histogram(
            "mimnet_stage_seconds",
            "Time of an edit's stages: wait, decode, paint (with waiting for the network), finish",
            ["stage"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.batch = Histogram(
            "mimnet_batch_pictures",
            "Pictures that the network's thread took on together",
            buckets=(1, 2, 4, 8, 16, 32),
            registry=self.registry,
        )
        self.waiting = Gauge("mimnet_waiting", "Requests taken on and not yet answered", registry=self.registry)

    def text(self) -> bytes:
        """The figures as Prometheus reads them."""
        return generate_latest(self.registry)
