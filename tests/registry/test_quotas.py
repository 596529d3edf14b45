"""What namespaces hold is counted in the pushing transaction, and pushes are held to quotas."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pierhead.accounts.model.quotas import LimitKind, Usage
from pierhead.platform.clock import ManualClock
from pierhead.platform.database import UnitOfWork
from pierhead.registry.recount import NamespaceCount, count_namespace, record_count
from pierhead.registry.remove_repository import remove_some_content
from pierhead.repositories import quotas, records
from pierhead.repositories.manage_repository import delete_repository
from pierhead.settings import QuotaSettings
from tests.registry.client import Answer, Client, Server
from tests.registry.conftest import NewServer
from tests.registry.content import digest_of, fresh, make_image
from tests.registry.people import People
from tests.registry.test_records_of_pushes import read_log


@pytest.fixture
def strict(new_server: NewServer) -> Server:
    """A process that holds pushes to quotas."""
    return new_server(quota=QuotaSettings(management=True))


@pytest.fixture
def pusher(owner: Client, strict: Server) -> Client:
    """The owner, at that process."""
    return owner.at(strict)


def usage_of(people: People, namespace: str) -> Usage:
    return people.server.core.database.read_now(quotas.get_usage, people.account(namespace).id)


def count(people: People, namespace: str) -> NamespaceCount:
    return people.server.core.database.read_now(count_namespace, people.account(namespace).id)


def give_quota(people: People, namespace: str, limit_bytes: int, **limits: int) -> None:
    """A quota with limits: warnings and a rejection, in percent."""
    account = people.account(namespace)

    def give(work: UnitOfWork) -> None:
        quota = quotas.create_quota(work, account, limit_bytes)
        for kind, percent in limits.items():
            quotas.add_limit(work, quota, LimitKind(kind), percent)

    people.server.core.database.write_now(give)


def try_blob(client: Client, repository: str, content: bytes) -> Answer:
    return client.call("POST", f"/v2/{repository}/blobs/uploads/?digest={digest_of(content)}", body=content)


def events(people: People, name: str, namespace: str) -> list[str]:
    """The payloads of recorded events about a namespace."""
    rows = people.server.core.database.read_now(
        lambda work: work.connection.exec_driver_sql("SELECT name, payload FROM outbox_event ORDER BY id").all()
    )
    return [payload for event, payload in rows if event == name and f'"{namespace}"' in payload]


def test_a_layer_that_two_repositories_share_counts_once_for_their_namespace(people: People, owner: Client) -> None:
    shared, own = fresh(500), fresh(300)
    first, second = people.repository(owner), people.repository(owner)

    owner.push_blob(first, shared)
    owner.push_blob(first, own)
    owner.push_blob(second, shared)

    assert usage_of(people, owner.name) == Usage(logical_bytes=1300, unique_bytes=800)
    assert (people.size_of(first), people.size_of(second)) == (800, 500)


def test_a_mounted_blob_of_another_namespace_counts_for_both(people: People, owner: Client) -> None:
    other = people.user("bob")
    source, target = people.repository(other, public=True), people.repository(owner)
    digest = other.push_blob(source, fresh(400))

    assert owner.call("POST", f"/v2/{target}/blobs/uploads/?mount={digest}&from={source}").status == 201

    assert usage_of(people, owner.name).unique_bytes == usage_of(people, other.name).unique_bytes == 400


def test_the_figures_fall_with_the_deletion_of_a_blob_and_of_a_repository(people: People, owner: Client) -> None:
    shared, own = fresh(500), fresh(300)
    first, second = people.repository(owner), people.repository(owner)
    for repository in (first, second):
        owner.push_blob(repository, shared)
    digest = owner.push_blob(first, own)

    assert owner.blob(first, digest, "DELETE").status == 202
    assert usage_of(people, owner.name).unique_bytes == 500
    assert owner.blob(first, digest_of(shared), "DELETE").status == 202
    assert usage_of(people, owner.name).unique_bytes == 500

    remove(people, owner, second)
    assert usage_of(people, owner.name).unique_bytes == 0


def remove(people: People, owner: Client, repository: str) -> None:
    """Delete a repository, and let the job remove what it held."""
    database = people.server.core.database
    found = database.read_now(records.find_repository, repository)
    assert found is not None
    database.write_now(delete_repository, people.identity(owner), repository, address=None)
    while database.write_now(remove_some_content, found.id, 100):
        pass


def test_what_no_tag_leads_to_is_counted_as_reclaimable(people: People, owner: Client) -> None:
    repository = people.repository(owner)
    kept, moved = make_image(), make_image()
    owner.push_image(repository, "v1", kept)
    owner.push_image(repository, "v2", moved)
    owner.push_image(repository, "v2", kept)

    counted = count(people, owner.name)
    people.server.core.database.write_now(record_count, counted)

    unused = sum(len(blob) for blob in moved.blobs if blob not in kept.blobs)
    assert counted.agrees
    assert usage_of(people, owner.name).reclaimable_bytes == counted.repositories[0].reclaimable_bytes == unused


def test_a_push_beyond_the_quota_is_denied_and_says_how_much_is_used(people: People, pusher: Client) -> None:
    repository = people.repository(pusher)
    give_quota(people, pusher.name, 1000, Reject=90)
    pusher.push_blob(repository, fresh(800))

    refused = try_blob(pusher, repository, fresh(200))

    assert (refused.status, refused.codes) == (403, ["DENIED"])
    message = refused.errors[0]["message"]
    assert pusher.name in message
    assert "800.0 B are used, 200.0 B more do not fit" in message
    assert "900.0 B of 1000.0 B" in message
    assert usage_of(people, pusher.name).unique_bytes == 800


def test_a_refused_push_is_told_once_an_hour(people: People, pusher: Client, clock: ManualClock) -> None:
    repository = people.repository(pusher)
    give_quota(people, pusher.name, 100, Reject=50)

    for _ in range(3):
        assert try_blob(pusher, repository, fresh(60)).status == 403
    assert len(events(people, "quota_error", pusher.name)) == 1
    (entry,) = read_log(people, pusher.name, "push_repo_failed")
    assert "Quota has been exceeded" in str(entry.metadata["message"])

    clock.advance(hours=2)
    assert try_blob(pusher, repository, fresh(60)).status == 403
    assert len(events(people, "quota_error", pusher.name)) == 2


def test_a_blob_that_the_namespace_holds_already_fits_into_a_full_quota(people: People, pusher: Client) -> None:
    first, second = people.repository(pusher), people.repository(pusher)
    content = fresh(950)
    pusher.push_blob(first, content)
    give_quota(people, pusher.name, 1000, Reject=100)

    assert try_blob(pusher, second, content).status == 201
    assert try_blob(pusher, second, fresh(60)).status == 403


def test_above_the_quota_neither_an_upload_begins_nor_a_manifest_is_taken(people: People, pusher: Client) -> None:
    repository = people.repository(pusher)
    image = make_image()
    pusher.push_image(repository, "v1", image)
    give_quota(people, pusher.name, 1, Reject=100)

    assert pusher.call("POST", f"/v2/{repository}/blobs/uploads/").codes == ["DENIED"]
    assert pusher.push_manifest(repository, "v2", image.content, image.media_type).codes == ["DENIED"]
    assert pusher.pull(repository, "v1").status == 200


def test_a_chunk_is_refused_once_the_quota_is_used_up(people: People, pusher: Client) -> None:
    repository = people.repository(pusher)
    give_quota(people, pusher.name, 1000, Reject=100)
    location = pusher.start_upload(repository)
    content = fresh(100)
    assert pusher.call("PATCH", location, body=content[:50]).status == 202
    pusher.push_blob(repository, fresh(1000))

    refused = pusher.call("PATCH", location, body=content[50:])
    assert (refused.status, refused.codes) == (403, ["DENIED"])


def test_a_warning_is_told_once_for_each_threshold_that_is_crossed(people: People, pusher: Client) -> None:
    repository = people.repository(pusher)
    give_quota(people, pusher.name, 1000, Warning=50)
    for size in (400, 200, 100):
        pusher.push_blob(repository, fresh(size))

    told = events(people, "quota_warning", pusher.name)
    assert len(told) == 1
    assert '"threshold_percent":50' in told[0]
    assert '"usage_bytes":600' in told[0]


def test_a_process_that_verifies_no_quota_takes_every_push(people: People, owner: Client, new_server: NewServer) -> None:
    lenient = owner.at(new_server(quota=QuotaSettings(management=True, verify=False)))
    give_quota(people, owner.name, 1, Reject=100)
    assert try_blob(lenient, people.repository(owner), fresh(100)).status == 201


def test_the_default_quota_holds_who_has_none(people: People, owner: Client, new_server: NewServer) -> None:
    held = owner.at(new_server(quota=QuotaSettings(management=True, default_bytes=1000)))
    repository = people.repository(owner)
    assert try_blob(held, repository, fresh(1001)).status == 403
    assert try_blob(held, repository, fresh(1000)).status == 201
    give_quota(people, owner.name, 5000, Reject=100)
    assert try_blob(held, repository, fresh(1001)).status == 201


def test_wrong_figures_are_found_and_set_right(people: People, owner: Client) -> None:
    repository = people.repository(owner)
    owner.push_blob(repository, fresh(300))
    account = people.account(owner.name)
    database = people.server.core.database
    database.write_now(lambda work: quotas.set_unique(work, account.id, 7))

    counted = count(people, owner.name)
    assert not counted.agrees
    assert database.write_now(record_count, counted)

    assert usage_of(people, owner.name).unique_bytes == 300
    assert count(people, owner.name).agrees
    assert not database.write_now(record_count, count(people, owner.name))


ACTIONS = st.tuples(st.sampled_from(("push", "image", "delete", "mount", "remove")), st.integers(0, 2), st.integers(0, 3))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=st.lists(ACTIONS, min_size=3, max_size=14))
def test_the_running_figures_are_what_a_count_finds_after_any_pushes_and_deletions(
    people: People, actions: list[tuple[str, int, int]]
) -> None:
    owner = people.user("carol")
    repositories = [people.repository(owner) for _ in range(3)]
    contents = [fresh(100 * (number + 1)) for number in range(4)]
    for action, where, which in actions:
        repository, content = repositories[where], contents[which]
        if action == "push":
            owner.push_blob(repository, content)
        elif action == "image":
            owner.push_image(repository, f"v{which}", make_image(layers=[content]))
        elif action == "delete":
            owner.blob(repository, digest_of(content), "DELETE")
        elif action == "mount":
            source = repositories[(where + 1) % 3]
            owner.call("POST", f"/v2/{repository}/blobs/uploads/?mount={digest_of(content)}&from={source}")
        else:
            remove(people, owner, repository)
            repositories[where] = people.repository(owner)

    counted = count(people, owner.name)
    assert counted.agrees
    assert counted.unique_bytes == usage_of(people, owner.name).unique_bytes
    sizes = {people.size_of(repository) for repository in repositories}
    assert sizes == {each.size_bytes for each in counted.repositories}
