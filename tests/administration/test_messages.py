"""Messages to everybody (api-v1/admin, section 2)."""

import pytest

from tests.access.builders import ApiClient
from tests.administration.conftest import SignIn

MESSAGE = {"content": "Closed **tonight**", "media_type": "text/markdown", "severity": "warning"}


def test_a_message_is_shown_to_everybody_until_it_is_deleted(root: ApiClient, anonymous: ApiClient) -> None:
    created = root.call("POST", "/messages", {"message": MESSAGE})
    assert (created.status_code, created.content) == (201, b"")
    assert root.call("POST", "/messages", {"message": {**MESSAGE, "content": "Open"}}).status_code == 201

    shown = anonymous.get("/messages").json()["messages"]
    assert [message["content"] for message in shown] == ["Closed **tonight**", "Open"]
    assert {name: value for name, value in shown[0].items() if name != "uuid"} == MESSAGE
    assert root.call("DELETE", f"/message/{shown[0]['uuid']}").status_code == 204
    assert [message["content"] for message in anonymous.get("/messages").json()["messages"]] == ["Open"]
    assert root.call("DELETE", f"/message/{shown[0]['uuid']}").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        MESSAGE,
        {"message": {**MESSAGE, "content": " "}},
        {"message": {**MESSAGE, "content": "x" * 4097}},
        {"message": {**MESSAGE, "content": "a\0b"}},
        {"message": {**MESSAGE, "severity": "loud"}},
        {"message": {**MESSAGE, "media_type": "text/html"}},
    ],
)
def test_a_message_that_breaks_a_rule_is_refused(root: ApiClient, body: dict[str, object]) -> None:
    assert root.call("POST", "/messages", body).status_code == 400
    assert root.get("/messages").json() == {"messages": []}


def test_only_superusers_write_messages(sign_in: SignIn, anonymous: ApiClient) -> None:
    ada = sign_in("ada")
    for method, path, body in (("POST", "/messages", {"message": MESSAGE}), ("DELETE", "/message/some", None)):
        assert anonymous.call(method, path, body).status_code == 401
        assert ada.call(method, path, body).status_code == 403


def test_what_is_no_message_is_not_found(root: ApiClient) -> None:
    assert root.call("DELETE", "/message/a%00b").status_code == 404
