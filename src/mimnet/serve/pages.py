"""The service's own pages, without a script: what it is, and the documentation made from the OpenAPI document."""

import html
import json
import re
from collections.abc import Mapping
from importlib import resources
from typing import Any

from mimnet.serve.problems import KINDS
from mimnet.version import __version__

STYLE = "style.css"


def style() -> str:
    """The pages' style sheet."""
    return resources.files("mimnet.serve").joinpath(STYLE).read_text(encoding="utf-8")


def front_page() -> str:
    """What stands at `/` where no site is served."""
    return _page(
        "mimnet",
        f"""<h1>mimnet {__version__}</h1>
<p>The service runs. It edits a photograph by a sentence, for programs: see <a href="docs">how to ask it</a>
(and the same <a href="openapi.json">for machines</a>).</p>
<p>There is no page for people here yet. Make one, in which everything happens in the browser, and serve it:</p>
<pre>mimnet export flowers --web site
mimnet serve --site site</pre>""",
    )


def docs_page(openapi: Mapping[str, Any]) -> str:
    """The OpenAPI document for people."""
    parts = [f"<h1>mimnet {__version__}: the service</h1>", f"<p>{_text(openapi['info'].get('description', ''))}</p>"]
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            parts.append(
                f'<section><h2 id="{_text(operation["operationId"])}"><code>{method.upper()} {_text(path)}</code></h2>'
            )
            parts.append(f"<p>{_text(operation.get('description') or operation.get('summary', ''))}</p>")
            for kind, content in operation.get("requestBody", {}).get("content", {}).items():
                parts.append(_body(f"Send <code>{_text(kind)}</code>", content, openapi))
            parts.append("<h3>Answers</h3><dl>")
            for status, answer in operation["responses"].items():
                kinds = ", ".join(f"<code>{_text(kind)}</code>" for kind in answer.get("content", {}))
                parts.append(f"<dt>{_text(status)} {kinds}</dt><dd>{_text(answer['description'])}</dd>")
            parts.append("</dl>")
            for status, answer in operation["responses"].items():
                schema = answer.get("content", {}).get("application/json")
                if schema and status == "200":
                    parts.append(_body(f"{status} <code>application/json</code>", schema, openapi))
            parts.append("</section>")
    parts.append(
        "<section><h2>Problems</h2><p>Every refusal is JSON (RFC 9457) whose <code>type</code> leads here.</p><dl>"
    )
    parts += [
        f'<dt id="{name}">{kind.status} {_text(kind.title)} <code>{name}</code></dt><dd>{_text(kind.meaning)}</dd>'
        for name, kind in KINDS.items()
    ]
    return _page("mimnet: the service", "\n".join([*parts, "</dl></section>"]))


def _body(title: str, content: Mapping[str, Any], openapi: Mapping[str, Any]) -> str:
    """A table of a schema's fields, and an example."""
    schema = _resolved(content["schema"], openapi)
    needed = set(schema.get("required", []))
    rows = [
        f"<tr><td><code>{_text(name)}</code>{' *' if name in needed else ''}</td><td>{_text(_kind(field))}</td>"
        f"<td>{_text(field.get('description', ''))}</td></tr>"
        for name, field in schema.get("properties", {}).items()
    ]
    table = f"<table><tr><th>field (* needed)</th><th>type</th><th>meaning</th></tr>{''.join(rows)}</table>"
    example = content.get("example")
    shown = f"<pre>{_text(json.dumps(example, indent=1, ensure_ascii=False))}</pre>" if example else ""
    return f"<h3>{title}</h3>{table}{shown}"


def _resolved(schema: Mapping[str, Any], openapi: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = openapi["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def _kind(field: Mapping[str, Any]) -> str:
    """A field's type, range and default in a few words."""
    if "anyOf" in field:
        told = " or ".join(_kind(choice) for choice in field["anyOf"])
    elif "enum" in field:
        told = ", ".join(map(str, field["enum"]))
    elif "$ref" in field:
        told = field["$ref"].rsplit("/", 1)[1]
    elif field.get("type") == "array":
        told = f"list of {_kind(field['items'])}"
    else:
        told = str(field.get("type", "any"))
    bounds = {
        "minimum": "from {}",
        "maximum": "to {}",
        "exclusiveMaximum": "below {}",
        "maxLength": "at most {} letters",
    }
    told += "".join(f", {words.format(field[key])}" for key, words in bounds.items() if key in field)
    return told + (f"; {json.dumps(field['default'])}" if field.get("default") is not None else "")


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{_text(title)}</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="docs/style.css"></head>'
        f"<body><main>{body}</main></body></html>\n"
    )


def _text(text: object) -> str:
    """As HTML; what stands between backticks is code."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(str(text)))
