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
    """Everything that is logged in this process goes to standard error as JSON, other libraries' warnings too."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JSONLines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel("WARNING")
    LOG.setLevel(level.upper())
    logging.getLogger("python_multipart").setLevel("ERROR")  # it would tell what a broken form holds


def tell(event: str, *, level: int = logging.INFO, **told: Any) -> None:
    """Log an event with fields."""
    LOG.log(level, event, extra={"told": told})
