"""The request of a text message gateway, in the shape that the settings give."""

from __future__ import annotations

import json
import re

_PLACES = re.compile(r"\{(to|text)\}")


def body(template: str, to: str, text: str) -> bytes:
    """The request's body: `{to}` and `{text}` replaced once, as JSON text. Raises ValueError for what is no JSON."""
    values = {"to": json.dumps(to)[1:-1], "text": json.dumps(text)[1:-1]}
    filled = _PLACES.sub(lambda found: values[found[1]], template)
    try:
        json.loads(filled)
    except json.JSONDecodeError as error:
        raise ValueError("sms.body is not JSON") from error
    if set(_PLACES.findall(template)) != {"to", "text"}:
        raise ValueError("sms.body does not hold {to} and {text}")
    return filled.encode()
