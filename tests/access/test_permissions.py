"""The algebra of permissions, and the role that a caller has in a namespace."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pierhead.access.model.errors import NotAllowed, SignInRequired
from pierhead.access.model.identity import ANONYMOUS, Identity, IdentityKind
from pierhead.access.model.permissions import Grants, can_create_repositories, combine_grants, combine_namespace_roles
from pierhead.access.model.roles import NamespaceRole, Role
from pierhead.access.namespace_role import find_namespace_role, require_namespace_role
from pierhead.access.services import AccessServices
from pierhead.accounts.model.accounts import Account
from pierhead.accounts.organizations import add_team_member, create_organization, create_team
from pierhead.accounts.robots import create_robot
from pierhead.audit.model import SYSTEM
from tests.access.builders import add_user, identify

roles = st.lists(st.sampled_from(Role), max_size=4).map(tuple)
grants = st.builds(Grants, is_public=st.booleans(), namespace_role=st.sampled_from(NamespaceRole), direct=roles, teams=roles)


@pytest.mark.parametrize(
    ("given_grants", "role"),
    [
        (Grants(), Role.NONE),
        (Grants(is_public=True), Role.READ),
        (Grants(namespace_role=NamespaceRole.MEMBER), Role.NONE),
        (Grants(namespace_role=NamespaceRole.CREATOR), Role.NONE),
        (Grants(namespace_role=NamespaceRole.ADMIN), Role.ADMIN),
        (Grants(direct=(Role.READ,), teams=(Role.WRITE,)), Role.WRITE),
        (Grants(direct=(Role.WRITE,), is_public=True), Role.WRITE),
        (Grants(direct=(Role.ADMIN,), namespace_role=NamespaceRole.MEMBER), Role.ADMIN),
    ],
)
def test_the_role_on_a_repository_is_the_highest_of_all_grants(given_grants: Grants, role: Role) -> None:
    assert combine_grants(given_grants) is role


@given(grants)
def test_a_role_is_never_more_than_something_that_was_granted(given_grants: Grants) -> None:
    role = combine_grants(given_grants)
    sources = {Role.NONE, *given_grants.direct, *given_grants.teams}
    if given_grants.is_public:
        sources.add(Role.READ)
    if given_grants.namespace_role is NamespaceRole.ADMIN:
        sources.add(Role.ADMIN)

    assert role is max(sources)


@given(grants, st.sampled_from(Role))
def test_a_further_grant_never_takes_a_role_away(given_grants: Grants, further: Role) -> None:
    more = Grants(given_grants.is_public, given_grants.namespace_role, (*given_grants.direct, further), given_grants.teams)

    assert combine_grants(more) >= combine_grants(given_grants)


def test_the_namespace_role_by_truth_table() -> None:
    for owns, is_robot, team in itertools.product((False, True), (False, True), NamespaceRole):
        role = combine_namespace_roles(owns=owns, is_robot=is_robot, team_roles=[team])
        if is_robot:
            assert role is min(team, NamespaceRole.CREATOR)
        else:
            assert role is (NamespaceRole.ADMIN if owns else team)


def test_creators_and_admins_create_repositories() -> None:
    assert [can_create_repositories(role) for role in NamespaceRole] == [False, False, True, True]


@pytest.fixture
def ada(services: AccessServices) -> Account:
    return add_user(services, "ada")


@pytest.fixture
def harbour(services: AccessServices, ada: Account) -> Account:
    return services.database.write_now(create_organization, SYSTEM, ada, "harbour")


def role_of(services: AccessServices, identity: Identity, namespace: Account) -> NamespaceRole:
    return services.database.read_now(find_namespace_role, identity, namespace)


def test_a_user_is_admin_at_home_and_in_organizations_it_owns(services: AccessServices, ada: Account, harbour: Account) -> None:
    identity = identify(services, ada)

    assert role_of(services, identity, ada) is NamespaceRole.ADMIN
    assert role_of(services, identity, harbour) is NamespaceRole.ADMIN


@pytest.mark.parametrize(
    ("role", "expected"), [("member", NamespaceRole.MEMBER), ("creator", NamespaceRole.CREATOR), ("admin", NamespaceRole.ADMIN)]
)
def test_teams_give_their_role_to_members_and_to_nobody_else(
    services: AccessServices, ada: Account, harbour: Account, role: str, expected: NamespaceRole
) -> None:
    bob, eve = add_user(services, "bob"), add_user(services, "eve", is_superuser=True)
    services.database.write_now(create_team, SYSTEM, harbour, "crew", role)
    services.database.write_now(add_team_member, SYSTEM, harbour, "crew", bob)

    assert role_of(services, identify(services, bob), harbour) is expected
    assert role_of(services, identify(services, bob), ada) is NamespaceRole.NONE
    assert role_of(services, identify(services, eve), harbour) is NamespaceRole.NONE
    assert role_of(services, ANONYMOUS, harbour) is NamespaceRole.NONE


def test_a_robot_is_something_only_through_teams_and_never_an_admin(services: AccessServices, ada: Account, harbour: Account) -> None:
    robot = services.database.write_now(create_robot, SYSTEM, harbour, "ci", secret_box=services.secret_box)
    identity = Identity(IdentityKind.ROBOT, robot.name, robot_id=robot.id, namespace_id=harbour.id, reference=robot.name)

    assert role_of(services, identity, harbour) is NamespaceRole.NONE
    services.database.write_now(add_team_member, SYSTEM, harbour, "owners", robot)
    assert role_of(services, identity, harbour) is NamespaceRole.CREATOR
    assert role_of(services, identity, ada) is NamespaceRole.NONE


def test_an_absent_namespace_is_refused_like_somebody_elses(services: AccessServices, ada: Account) -> None:
    bob = identify(services, add_user(services, "bob"))
    for name in ("ada", "nothing", "NO\0"):
        with pytest.raises(NotAllowed):
            services.database.read_now(require_namespace_role, bob, name, NamespaceRole.MEMBER)
        with pytest.raises(SignInRequired):
            services.database.read_now(require_namespace_role, ANONYMOUS, name, NamespaceRole.MEMBER)
