"""The service's log: one JSON object a line on standard error. No sentence, picture, key or address is in it."""

import json
import logging
import sys
import time
from typing import Any

LOG = logging.getLogger("mimnet.serve")


class JSONLines(logging.Formatter):
    """A record as one line of JSON; `extra={"told": {...}}` adds fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, Any] = {
            "time": f"{when}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "told", {}),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True, default=str)


def set_up(level: str) -> None:
    """Everything that the service and its server log goes to standard error as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JSONLines())
    for name in ("mimnet.serve", "uvicorn", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level.upper() if name == "mimnet.serve" else "WARNING")


def tell(event: str, *, level: int = logging.INFO, **told: Any) -> None:
    """Log an event with fields."""
    LOG.log(level, event, extra={"told": told})
