"""How the permission matrix calls each operation: so that whoever may is not stopped by anything else, and nothing of the world is lost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.contract.world import ORGANIZATION, PASSWORD

_ABSENT = "00000000-0000-4000-8000-000000000000"
_DIGEST = "sha256:" + "0" * 64

# What stands for a parameter of a path unless a recipe says otherwise; `{r}` is the repository whose visibility is tried.
VALUES: Mapping[str, str] = {
    "orgname": ORGANIZATION, "teamname": "crew", "membername": "member", "robot_shortname": "reader", "username": "reader",
    "namespace": ORGANIZATION, "name": "absent", "prefix": "str", "email": "ada@example.com", "code": "absent", "kid": "absent",
    "key": "absent", "client_id": "absent", "service": "quay", "file": "absent", "error_type": "not_found", "digest": _DIGEST,
    "tag": "absent", "uuid": _ABSENT, "token_uuid": _ABSENT, "prototypeid": _ABSENT, "policy_uuid": _ABSENT, "labelid": _ABSENT,
    "access_token_uuid": _ABSENT, "assigned_authorization_uuid": _ABSENT, "build_uuid": _ABSENT, "trigger_uuid": _ABSENT,
    "quota_id": "1", "limit_id": "1", "service_id": "absent", "field_name": "absent",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recipe:
    """One call. Whoever may make it gets one of `answers` (a success when there are none).

    With `expendable` the call is aimed at an organization or repository made for it. With `refused_only` nobody calls who may,
    because that would end the caller's own session or account.
    """

    body: Any = None
    query: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    answers: frozenset[int] = frozenset()
    expendable: str | None = None
    refused_only: bool = False


def _absent(*statuses: int, body: Any = None, **values: str) -> Recipe:
    """The permission is looked at before the thing that is not there."""
    return Recipe(body, values=values, answers=frozenset(statuses or (404,)))


_PUSHED = {"manifest_digest": _DIGEST}
_POLICY = {"method": "number_of_tags", "value": 1000, "tagPattern": "no-tag-of-the-matrix"}
_EXPORT = Recipe({}, answers=frozenset({400}))

RECIPES: Mapping[str, Recipe] = {
    # users and sign-in
    "signinUser": Recipe({"username": "stranger", "password": PASSWORD}),
    "verifyUser": Recipe({"password": PASSWORD}),
    "logout": Recipe(refused_only=True),
    "createNewUser": Recipe({"username": "reader", "password": PASSWORD, "email": "reader@example.com"}, answers=frozenset({400})),
    "changeUserDetails": Recipe({}),
    "deleteCurrentUser": Recipe(refused_only=True),
    "convertUserToOrganization": Recipe({"adminUser": "owner", "adminPassword": "wrong-horse"}, answers=frozenset({400, 403, 429})),
    "generateUserClientKey": Recipe({"password": PASSWORD}),
    "requestRecoveryEmail": Recipe({"email": "nobody@example.com"}, answers=frozenset({200, 429})),
    "retrieveExternalLoginAuthorizationUrl": _absent(400, 404, body={"kind": "login"}),
    "detachExternalLogin": _absent(200, 400, 404),
    "getUserAuthorization": _absent(),
    "deleteUserAuthorization": _absent(),
    "deleteAssignedAuthorization": _absent(),
    "createAppToken": Recipe({"title": "matrix"}),
    "getAppToken": _absent(),
    "revokeAppToken": _absent(),
    "createStar": Recipe({"namespace": ORGANIZATION, "repository": "open"}),
    "getUserNotification": _absent(),
    "updateUserNotification": _absent(body={"dismissed": True}),
    "linkExternalUser": _absent(400, 404),
    "acceptOrganizationTeamInvite": _absent(400, 404),
    "declineOrganizationTeamInvite": _absent(400, 404),
    "initialize": Recipe({"username": "first", "password": PASSWORD}, answers=frozenset({400})),
    # robots: a missing one is 400 (api-v1/accounts, section 4)
    "getUserRobot": _absent(400),
    "createUserRobot": Recipe({}, answers=frozenset({201, 400})),
    "deleteUserRobot": _absent(400, robot_shortname="absent"),
    "regenerateUserRobotToken": _absent(400, robot_shortname="absent"),
    "getUserRobotPermissions": _absent(400, robot_shortname="absent"),
    "getUserRobotFederation": _absent(400, robot_shortname="absent"),
    "createUserRobotFederation": _absent(400, body=[], robot_shortname="absent"),
    "deleteUserRobotFederation": _absent(400, robot_shortname="absent"),
    "createOrgRobot": _absent(400, body={}),
    "deleteOrgRobot": _absent(400, robot_shortname="absent"),
    "regenerateOrgRobotToken": _absent(400, robot_shortname="absent"),
    "createOrgRobotFederation": _absent(400, body=[], robot_shortname="absent"),
    "deleteOrgRobotFederation": _absent(400, robot_shortname="absent"),
    # organizations, teams, applications
    "createOrganization": Recipe({"name": "x"}, answers=frozenset({400})),
    "changeOrganizationDetails": Recipe({}),
    "deleteAdminedOrganization": Recipe(expendable="organization"),
    "getOrganizationMember": Recipe(),
    "removeOrganizationMember": _absent(membername="absent"),
    "updateOrganizationTeam": Recipe({"role": "member"}),
    "deleteOrganizationTeam": _absent(400, teamname="absent"),
    "inviteTeamMemberEmail": Recipe({}),
    "deleteTeamMemberEmailInvite": _absent(email="nobody@example.com"),
    "updateOrganizationTeamMember": _absent(400, body={}),
    "deleteOrganizationTeamMember": _absent(400, 404, membername="absent"),
    "enableOrganizationTeamSync": _absent(400, 404, body={}),
    "disableOrganizationTeamSync": _absent(200, 400, 404),
    "createOrganizationPrototypePermission": _absent(400, body={"role": "read", "delegate": {"name": "absent", "kind": "user"}}),
    "updateOrganizationPrototypePermission": _absent(body={"role": "read"}),
    "deleteOrganizationPrototypePermission": _absent(),
    "createOrganizationApplication": Recipe({"name": "matrix"}),
    "getApplicationInformation": _absent(),
    "getOrganizationApplication": _absent(),
    "updateOrganizationApplication": _absent(body={"name": "matrix", "redirect_uri": "", "application_uri": ""}),
    "deleteOrganizationApplication": _absent(),
    "resetOrganizationApplicationClientSecret": _absent(),
    "listOrganizationApplicationTokens": _absent(),
    "createOrganizationApplicationToken": _absent(body={"name": "matrix", "scope": "repo:read"}),
    "deleteOrganizationApplicationToken": _absent(),
    # repositories
    "listRepos": Recipe(query="?public=true"),
    "createRepo": Recipe(
        {"repository": "closed", "namespace": ORGANIZATION, "visibility": "private", "description": ""}, answers=frozenset({400})
    ),
    "updateRepo": Recipe({"description": ""}),
    "deleteRepository": Recipe(expendable="repository"),
    "changeRepoState": Recipe({"state": "NORMAL"}),
    "changeRepoVisibility": Recipe({"visibility": "private"}, expendable="repository"),
    "explainAccess": Recipe(query="?user=reader"),
    "changeUserPermissions": Recipe({"role": "read"}),
    "deleteUserPermissions": _absent(400, username="stranger"),
    "getTeamPermissions": _absent(400),
    "changeTeamPermissions": _absent(400, body={"role": "read"}, teamname="absent"),
    "deleteTeamPermissions": _absent(400),
    **dict.fromkeys(("listRepoTokens", "createToken", "getTokens", "changeToken", "deleteToken"), _absent(410, body={})),
    # tags and manifests
    "changeTag": _absent(body=_PUSHED),
    "deleteFullTag": _absent(),
    "restoreTag": _absent(body=_PUSHED),
    "removeTagFromTimemachine": _absent(400, 404, body=_PUSHED),
    "getTagPullStatistics": _absent(),
    "getRepoManifest": _absent(),
    "listManifestLabels": _absent(),
    "addManifestLabel": _absent(body={"key": "a", "value": "b", "media_type": "text/plain"}),
    "getManifestLabel": _absent(),
    "deleteManifestLabel": _absent(),
    "getManifestPullStatistics": _absent(),
    # what Pierhead adds about tags and layers
    "getChart": _absent(400, 404),
    "listReleases": _absent(200, 400, 404),
    **dict.fromkeys(("listFiles", "getFile"), Recipe(query="?path=/", answers=frozenset({400, 404}))),
    "compareImages": Recipe(query=f"?with={_DIGEST}", answers=frozenset({400, 404})),
    "tellHowToFetch": _absent(),
    "getTagHistory": _absent(200, 404),
    **dict.fromkeys(("getTagsAt", "compareTags"), Recipe(query="?time=2026-01-01T00:00:00Z", answers=frozenset({200, 400, 404}))),
    "restoreTags": _absent(200, 400, 404, body={"time": "2026-01-01T00:00:00Z"}),
    "previewTags": _absent(200, 400, body={"names": ["absent"]}),
    "changeTags": _absent(200, 400, 404, body={"names": ["absent"], "action": "delete"}),
    **dict.fromkeys(("previewOrgPruning", "previewUserPruning", "previewRepositoryPruning"), Recipe({})),
    # policies: of a pattern that no tag has
    **{
        f"{verb}{of}{what}Policy": _absent(200, 201, 204, 400, 404, body=_POLICY)
        for verb in ("create", "get", "update", "delete")
        for of in ("Org", "Organization", "Repository", "User")
        for what in ("AutoPrune", "Immutability")
    },
    # logs: an export is refused for its body, which names nobody to be told
    **dict.fromkeys(("exportUserLogs", "exportOrgLogs", "exportRepoLogs"), _EXPORT),
    "getExportedLogs": _absent(),
    # superusers
    "createInstallUser": Recipe({"username": "reader"}, answers=frozenset({400})),
    "getInstallUser": Recipe(values={"username": "stranger"}),
    "changeInstallUser": Recipe({}),
    "deleteInstallUser": _absent(400, 404, username="absent"),
    "sendInstallUserRecoveryEmail": _absent(400, 404, username="absent"),
    "changeOrganization": _absent(body={"name": "quay"}),
    "deleteOrganization": _absent(),
    "takeOwnership": _absent(namespace="absent"),
    "createGlobalMessage": Recipe({"message": {"content": "x", "media_type": "text/plain", "severity": "info"}}),
    "deleteGlobalMessage": _absent(),
    "createServiceKey": Recipe({"service": "matrix", "expiration": None}),
    "getServiceKey": _absent(),
    "updateServiceKey": _absent(body={"name": "x"}),
    "deleteServiceKey": _absent(),
    "approveServiceKey": _absent(),
    "queueRegistrySizeCalculation": Recipe({}),
    "scShutdownContainer": Recipe(refused_only=True),
    "runJobAgain": _absent(),
    "cancelJob": _absent(),
    "pauseSchedule": _absent(body={"paused": False}),
    "runScheduleNow": _absent(),
    "runCollectorNow": Recipe(answers=frozenset({204, 400})),
    **{
        f"{verb}{of}QuotaSuperUser": _absent(200, 201, 204, 400, 404, body={"limit_bytes": 1})
        for verb in ("create", "change", "delete")
        for of in ("User", "Organization")
    },
    **{
        f"{verb}OrganizationQuota{what}": _absent(
            200, 201, 204, 400, 404, body={"limit_bytes": 1, "type": "Warning", "threshold_percent": 1}
        )
        for verb in ("create", "get", "change", "delete")
        for what in ("", "Limit")
    },
    **dict.fromkeys(("listOrganizationQuotaLimit", "getUserQuota", "listUserQuotaLimit", "getUserQuotaLimit"), _absent(200, 404)),
    # at the root
    "getKey": _absent(),
    "showMetrics": Recipe(),
}
