"""Superusers mail recovery links (api-v1/admin, section 1). By a real mail server, through the door."""

from collections.abc import Iterator

import pytest

from pierhead.access.services import AccessServices
from pierhead.accounts.users import create_user
from pierhead.audit.model import SYSTEM
from pierhead.platform.database import Database
from pierhead.settings import AccessSettings
from tests.access.builders import ApiClient, make_secret_box
from tests.access.post import Post, follow, make_mailing
from tests.administration.conftest import MakeClient, SignIn
from tests.services.smtp import SmtpServer


@pytest.fixture
def services(database: Database) -> Iterator[AccessServices]:
    box = make_secret_box()
    built = AccessServices.build(database, box, AccessSettings(), mailing=make_mailing(box))
    yield built
    built.close()


@pytest.fixture
def post(services: AccessServices) -> Iterator[Post]:
    with SmtpServer() as server:
        yield Post(services, server)


def test_a_link_goes_to_the_user_and_signs_in_once(root: ApiClient, sign_in: SignIn, post: Post, new_client: MakeClient) -> None:
    sign_in("ada")
    answer = root.call("POST", "/superusers/users/ada/sendrecovery")
    assert (answer.status_code, answer.json()) == (200, {"email": "ada@example.com"})

    (mail,) = post.collect()
    assert mail.recipients == ["ada@example.com"]
    browser = new_client()
    assert follow(browser, mail.find_link("/recovery")).status_code == 303
    assert browser.get("/user/").json()["username"] == "ada"


def test_a_user_without_an_address_and_nobody_get_no_link(services: AccessServices, root: ApiClient, post: Post) -> None:
    services.database.write_now(create_user, SYSTEM, "bob", None, None)
    assert root.call("POST", "/superusers/users/bob/sendrecovery").status_code == 400
    for name in ("nobody", "a%00b"):
        assert root.call("POST", f"/superusers/users/{name}/sendrecovery").status_code == 404
    assert post.collect() == []


def test_only_superusers_have_links_mailed(sign_in: SignIn, new_client: MakeClient, post: Post) -> None:
    ada = sign_in("ada")
    assert ada.call("POST", "/superusers/users/ada/sendrecovery").status_code == 403
    stranger = new_client()
    stranger.fetch_csrf_token()
    assert stranger.call("POST", "/superusers/users/ada/sendrecovery").status_code == 401
    assert post.collect() == []
