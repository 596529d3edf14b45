"""What waits for an answer to a mail: new accounts, new addresses, lost passwords. By a real mail server, through the door."""

from collections.abc import Iterator

import pytest
from httpx2 import Response

from pierhead.access.model.errors import EmailUnverified
from pierhead.access.repository_grants import NoRepositoryGrants
from pierhead.access.services import AccessServices
from pierhead.accounts.users import find_by_email, set_email, set_enabled
from pierhead.audit.model import SYSTEM
from pierhead.platform.clock import ManualClock
from pierhead.platform.database import Database
from pierhead.platform.jobs import list_jobs
from pierhead.platform.secrets import SecretBox
from pierhead.settings import AccessSettings
from tests.access.builders import PASSWORD, ApiClient, add_user, log_in
from tests.access.conftest import MakeClient, log_kinds
from tests.access.post import PUBLIC_URL, Post, follow

ADA = {"username": "ada", "password": PASSWORD, "email": "Ada@example.com"}


@pytest.fixture
def services(mailing_services: AccessServices) -> AccessServices:
    return mailing_services


def sign_up(client: ApiClient, **changes: object) -> Response:
    client.fetch_csrf_token()
    return client.call("POST", "/user/", {**ADA, **changes})


def ask_for_recovery(client: ApiClient, email: str) -> Response:
    client.fetch_csrf_token()
    return client.call("POST", "/recovery", {"email": email})


class TestNewAccounts:
    def test_an_account_begins_when_the_link_in_the_mail_is_followed(
        self, services: AccessServices, post: Post, client: ApiClient, new_client: MakeClient
    ) -> None:
        assert sign_up(client).json() == {"awaiting_verification": True}
        assert client.get("/user/").status_code == 401
        refused = client.sign_in("ada")
        assert (refused.status_code, refused.json()["needsEmailVerification"], refused.json()["invalidCredentials"]) == (403, True, False)
        with pytest.raises(EmailUnverified):
            log_in(services, "ada", PASSWORD)

        (mail,) = post.collect()
        assert mail.recipients == ["ada@example.com"]
        assert f"{PUBLIC_URL}/confirm?code=" in mail.text
        assert f'<a href="{PUBLIC_URL}/confirm?code=' in mail.html

        browser = new_client()
        answer = follow(browser, mail.find_link("/confirm"))
        assert (answer.status_code, answer.headers["Location"], answer.headers["Referrer-Policy"]) == (303, "/", "no-referrer")
        assert browser.get("/user/").json()["verified"] is True
        assert client.sign_in("ada").status_code == 200
        assert log_in(services, "ada", PASSWORD).name == "ada"

    def test_a_link_works_once(self, post: Post, client: ApiClient, new_client: MakeClient) -> None:
        sign_up(client)
        link = post.collect()[0].find_link("/confirm")
        assert follow(new_client(), link).status_code == 303

        again = new_client()
        answer = follow(again, link)
        assert (answer.status_code, "Set-Cookie" in answer.headers) == (400, False)
        assert "has been used already" in answer.text
        assert again.get("/user/").status_code == 401

    @pytest.mark.parametrize("code", ["", "nothing", "x" * 5000, "%00", "%ed%a0%80"])
    def test_what_was_never_mailed_confirms_nothing(self, client: ApiClient, code: str) -> None:
        for path in ("/confirm", "/recovery"):
            assert follow(client, f"{path}?code={code}").status_code == 400
        assert follow(client, "/confirm").status_code == 400

    def test_a_link_that_is_too_old_says_so_and_signing_in_mails_another(self, post: Post, client: ApiClient, clock: ManualClock) -> None:
        sign_up(client)
        old = post.collect()[0].find_link("/confirm")
        clock.advance(days=3)
        assert follow(client, old).status_code == 400

        client.sign_in("ada")
        client.sign_in("ada")
        (mail,) = post.collect()
        assert follow(client, mail.find_link("/confirm")).status_code == 303

    def test_an_address_is_needed(self, client: ApiClient) -> None:
        answer = sign_up(client, email=None)
        assert (answer.status_code, answer.json()["message"]) == (400, "Email address is required")

    def test_a_refused_sign_up_mails_nothing(self, services: AccessServices, post: Post, client: ApiClient) -> None:
        add_user(services, "ada")
        assert sign_up(client, email="other@example.com").status_code == 400
        assert post.collect() == []

    def test_a_disabled_user_does_not_get_in_by_a_link(self, services: AccessServices, post: Post, client: ApiClient) -> None:
        sign_up(client)
        (mail,) = post.collect()
        user = services.database.read_now(find_by_email, "ada@example.com")
        assert user is not None
        services.database.write_now(set_enabled, SYSTEM, user, False)

        answer = follow(client, mail.find_link("/confirm"))
        assert (answer.status_code, "disabled" in answer.text) == (400, True)
        assert client.get("/user/").status_code == 401

    def test_the_code_is_neither_in_the_database_nor_in_the_log(self, services: AccessServices, post: Post, client: ApiClient) -> None:
        sign_up(client)
        jobs = services.database.read_now(list_jobs)
        (mail,) = post.collect()
        code = mail.find_link("/confirm").partition("code=")[2]

        assert len(code) >= 43
        assert all(code not in job.payload and "ada@example.com" not in job.payload for job in jobs)
        assert len(jobs) == 1


class TestNewAddresses:
    @pytest.fixture
    def ada(self, services: AccessServices, client: ApiClient) -> ApiClient:
        add_user(services, "ada")
        client.sign_in("ada")
        return client

    def test_a_new_address_counts_when_its_link_is_followed(
        self, services: AccessServices, post: Post, ada: ApiClient, new_client: MakeClient
    ) -> None:
        answer = ada.call("PUT", "/user/", {"email": "New@example.com"})
        assert (answer.status_code, answer.json()["email"]) == (200, "ada@example.com")
        (mail,) = post.collect()
        assert mail.recipients == ["new@example.com"]

        stranger = new_client()
        followed = follow(stranger, mail.find_link("/confirm"))
        assert (followed.status_code, followed.headers["Location"]) == (303, "/user/ada?tab=Settings")
        assert stranger.get("/user/").status_code == 401, "following such a link signs nobody in"
        assert ada.get("/user/").json()["email"] == "new@example.com"
        assert "user_change_email" in log_kinds(services, "ada")
        (told,) = post.collect()
        assert told.recipients == ["ada@example.com"]

    def test_an_address_of_somebody_else_is_refused_then_and_at_the_link(
        self, services: AccessServices, post: Post, ada: ApiClient
    ) -> None:
        add_user(services, "bob")
        assert ada.call("PUT", "/user/", {"email": "BOB@example.com"}).status_code == 400
        assert ada.call("PUT", "/user/", {"email": "carol@example.com"}).status_code == 200
        add_user(services, "carol")
        (mail,) = post.collect()

        assert follow(ada, mail.find_link("/confirm")).status_code == 400
        assert ada.get("/user/").json()["email"] == "ada@example.com"

    def test_the_same_address_mails_nothing(self, post: Post, ada: ApiClient) -> None:
        assert ada.call("PUT", "/user/", {"email": "ada@example.com"}).status_code == 200
        assert post.collect() == []


class TestLostPasswords:
    @pytest.fixture(autouse=True)
    def _ada(self, services: AccessServices) -> None:
        add_user(services, "ada")

    def test_a_link_signs_in_once_and_a_new_password_can_be_set(
        self, services: AccessServices, post: Post, client: ApiClient, new_client: MakeClient
    ) -> None:
        assert ask_for_recovery(client, "ADA@example.com").json() == {"status": "sent"}
        (mail,) = post.collect()
        assert mail.recipients == ["ada@example.com"]

        browser = new_client()
        answer = follow(browser, mail.find_link("/recovery"))
        assert (answer.status_code, answer.headers["Location"]) == (303, "/user/ada?tab=Settings")
        browser.fetch_csrf_token()
        assert browser.call("PUT", "/user/", {"password": "a-new-password"}).status_code == 200
        assert client.sign_in("ada", "a-new-password").status_code == 200
        assert follow(new_client(), mail.find_link("/recovery")).status_code == 400
        assert "login_success" in log_kinds(services, "ada")

    def test_nobody_learns_whether_an_address_is_known(self, post: Post, new_client: MakeClient) -> None:
        known, unknown = (ask_for_recovery(new_client(), email) for email in ("ada@example.com", "nobody@example.com"))

        assert (known.status_code, known.json()) == (unknown.status_code, unknown.json()) == (200, {"status": "sent"})
        assert len(post.collect()) == 1

    def test_requests_are_slowed_down_alike_for_known_and_unknown_addresses(
        self, post: Post, client: ApiClient, clock: ManualClock
    ) -> None:
        for email in ("ada@example.com", "nobody@example.com"):
            assert [ask_for_recovery(client, email).status_code for _ in range(4)] == [200, 200, 200, 429]
        clock.advance(hours=2)
        assert ask_for_recovery(client, "ada@example.com").status_code == 200
        assert len(post.collect()) == 4

    def test_a_link_is_too_old_after_half_an_hour(self, post: Post, client: ApiClient, clock: ManualClock) -> None:
        ask_for_recovery(client, "ada@example.com")
        (mail,) = post.collect()
        clock.advance(minutes=31)
        assert follow(client, mail.find_link("/recovery")).status_code == 400

    def test_two_links_both_work_until_one_is_used(self, post: Post, client: ApiClient, new_client: MakeClient) -> None:
        for _ in range(2):
            ask_for_recovery(client, "ada@example.com")
        first, second = (mail.find_link("/recovery") for mail in post.collect())
        assert follow(new_client(), first).status_code == 303
        assert follow(new_client(), second).status_code == 400

    def test_a_new_password_or_address_ends_every_link(self, services: AccessServices, post: Post, client: ApiClient) -> None:
        ask_for_recovery(client, "ada@example.com")
        (mail,) = post.collect()
        user = services.database.read_now(find_by_email, "ada@example.com")
        assert user is not None
        services.database.write_now(set_email, SYSTEM, user, "new@example.com")

        assert follow(client, mail.find_link("/recovery")).status_code == 400

    def test_a_disabled_user_gets_no_mail(self, services: AccessServices, post: Post, client: ApiClient) -> None:
        user = services.database.read_now(find_by_email, "ada@example.com")
        assert user is not None
        services.database.write_now(set_enabled, SYSTEM, user, False)
        assert ask_for_recovery(client, "ada@example.com").json() == {"status": "sent"}
        assert post.collect() == []

    def test_an_organization_is_told_who_its_admins_are(self, post: Post, client: ApiClient, new_client: MakeClient) -> None:
        owner = new_client()
        owner.sign_in("ada")
        owner.call("POST", "/organization/", {"name": "harbour", "email": "harbour@example.com"})
        assert ask_for_recovery(client, "harbour@example.com").json() == {"status": "sent"}
        (mail,) = post.collect()
        assert ("code=" in mail.text, "its admins" in mail.text.lower(), "ada" in mail.text) == (False, True, True)

    def test_what_is_no_address_is_refused(self, client: ApiClient) -> None:
        assert ask_for_recovery(client, "a@b\r\nBcc: eve@example.com").status_code == 400

    def test_a_mail_server_that_is_away_delays_the_mail(self, post: Post, client: ApiClient, clock: ManualClock) -> None:
        post.server.refusals["ada@example.com"] = "451 try again later"
        ask_for_recovery(client, "ada@example.com")
        assert post.collect() == []
        post.server.refusals.clear()
        clock.advance(seconds=60)
        assert len(post.collect()) == 1
        assert len({str(mail.message["Message-ID"]) for mail in post.server.mails}) == 1

    def test_a_mailbox_that_is_gone_is_not_tried_again(self, services: AccessServices, post: Post, client: ApiClient) -> None:
        post.server.refusals["ada@example.com"] = "550 no such mailbox"
        ask_for_recovery(client, "ada@example.com")
        post.send()
        assert services.database.read_now(list_jobs) == []
        assert post.server.recipients_seen == 1


def test_the_features_of_mail_are_announced(client: ApiClient) -> None:
    features = client.http.get("/config").json()["features"]
    assert (features["MAILING"], features["REQUIRE_TEAM_INVITE"], features["INVITE_ONLY_USER_CREATION"]) == (True, True, False)


class TestWithoutAMailServer:
    @pytest.fixture
    def services(
        self, database: Database, secret_box: SecretBox, options: AccessSettings, grants: NoRepositoryGrants
    ) -> Iterator[AccessServices]:
        built = AccessServices.build(database, secret_box, options, grants)
        yield built
        built.close()

    def test_nothing_is_announced_and_nothing_is_there(self, client: ApiClient) -> None:
        features = client.http.get("/config").json()["features"]
        assert (features["MAILING"], features["REQUIRE_TEAM_INVITE"]) == (False, False)
        assert ask_for_recovery(client, "ada@example.com").status_code == 404
        for path in ("/confirm", "/recovery", "/confirminvite"):
            assert follow(client, f"{path}?code=x").status_code == 404
