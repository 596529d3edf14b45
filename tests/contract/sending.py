"""How a generated call of the API is sent to a server, and what holds for every answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from requests import Request

from tests.registry.client import HOST, Answer, Server


@dataclass(frozen=True, slots=True)
class Call:
    """A call as libraries for HTTP describe it; addresses are whole."""

    method: str
    url: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def send(self, server: Server, headers: Mapping[str, str]) -> Answer:
        """Send it as somebody who shows these headers."""
        prepared = Request(self.method, self.url, **self.options).prepare()
        assert prepared.url is not None
        sent = {**{name.lower(): str(value) for name, value in prepared.headers.items()}, **headers, "host": HOST}
        sent.pop("content-length", None)
        body = prepared.body or b""
        assert isinstance(body, str | bytes)
        content = body.encode() if isinstance(body, str) else body
        target = prepared.url.partition(HOST)[2]
        return server.run(server.send(self.method, target, headers=list(sent.items()), body=content))


def check_answer(answer: Answer, operation: Mapping[str, Any], call: Call) -> None:
    """No failure of the server, and no status that the document does not name."""
    if answer.status >= 500 and answer.status not in (503, 507):
        pytest.fail(ascii(f"{answer.status} for {call}: {answer.body!r}"), pytrace=False)
    if str(answer.status) not in operation["responses"]:
        pytest.fail(ascii(f"{answer.status} is not documented, for {call}: {answer.body!r}"), pytrace=False)
