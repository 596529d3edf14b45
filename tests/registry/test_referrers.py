"""Referrers of a manifest (registry-protocol 7; C3, C16, C17)."""

import pytest

from tests.registry.client import Client
from tests.registry.content import (
    DOCKER_MANIFEST,
    OCI_INDEX,
    OCI_MANIFEST,
    Image,
    digest_of,
    encode,
    fresh,
    make_artifact,
    make_image,
    make_index,
)
from tests.registry.people import People

_EMPTY = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}
_UNKNOWN = "sha256:" + "1" * 64
_SBOM = "application/vnd.example.sbom.v1"
_HELM = "application/vnd.cncf.helm.config.v1+json"


def subject_of(image: Image) -> dict[str, object]:
    return {"mediaType": image.media_type, "digest": image.digest, "size": len(image.content)}


def test_an_unknown_digest_has_no_referrers(owner: Client, repository: str) -> None:
    """C3: 200 with an empty index of exactly the right type, also where the repository does not exist yet."""
    for name in (repository, f"{owner.name}/not-yet"):
        for digest in (_UNKNOWN, "sha512:" + "1" * 128):
            answer = owner.referrers(name, digest)
            assert (answer.status, answer["content-type"], answer.json) == (200, OCI_INDEX, _EMPTY)
            assert answer.get("oci-filters-applied") is None
            assert answer.get("link") is None


@pytest.mark.parametrize("digest", ["sha256:bad", "v1", "md5:" + "1" * 32, "%00"])
def test_a_digest_that_is_none_is_refused(owner: Client, repository: str, digest: str) -> None:
    answer = owner.referrers(repository, digest)

    assert (answer.status, answer.codes) == (400, ["INVALID_REQUEST"])


def test_the_list_shows_type_digest_size_artifact_type_and_annotations(owner: Client, repository: str) -> None:
    """C17: the artifact type falls back to the config's media type; an index is a referrer too; the answer to the push names the subject."""
    image = owner.push_image(repository, "v1")
    referrers = [
        make_artifact(_SBOM, subject=subject_of(image), annotations={"a": "1", "b": "\u00e9"}),
        make_artifact(config_type=_HELM, subject=subject_of(image)),
        make_index([image.descriptor()], subject=subject_of(image), artifactType="application/vnd.example.index", annotations={"c": "3"}),
        make_index([], subject=subject_of(image)),
    ]
    for referrer in referrers:
        for content in referrer.blobs:
            owner.push_blob(repository, content)
        answer = owner.push_manifest(repository, referrer.digest, referrer.content, referrer.media_type)
        assert (answer.status, answer["oci-subject"]) == (201, image.digest)

    listed = owner.referrers(repository, image.digest).json["manifests"]
    assert [entry["digest"] for entry in listed] == [referrer.digest for referrer in referrers]
    assert listed[0] == {**referrers[0].descriptor(), "artifactType": _SBOM, "annotations": {"a": "1", "b": "\u00e9"}}
    assert listed[1] == {**referrers[1].descriptor(), "artifactType": _HELM}
    assert (listed[2]["artifactType"], listed[2]["annotations"]["c"]) == ("application/vnd.example.index", "3")
    assert "artifactType" not in listed[3]


def test_a_filter_shows_one_type_and_says_so(owner: Client, repository: str) -> None:
    image = owner.push_image(repository, "v1")
    wanted = owner.push_image(repository, None, make_artifact(_SBOM, subject=subject_of(image)))
    helm = owner.push_image(repository, None, make_artifact(config_type=_HELM, subject=subject_of(image)))

    for artifact_type, found in ((_SBOM, [wanted]), (_HELM, [helm]), ("application/vnd.none", [])):
        answer = owner.referrers(repository, image.digest, f"?artifactType={artifact_type.replace('+', '%2B')}")
        assert answer["oci-filters-applied"] == "artifactType"
        assert [entry["digest"] for entry in answer.json["manifests"]] == [referrer.digest for referrer in found]
    assert owner.referrers(repository, image.digest, "?artifactType=%00").status == 400
    assert len(owner.referrers(repository, image.digest, "?artifactType=").json["manifests"]) == 2


def test_the_subject_may_come_later_or_never(owner: Client, repository: str) -> None:
    image = make_image(media_type=DOCKER_MANIFEST)
    referrer = owner.push_image(repository, None, make_artifact(_SBOM, subject=subject_of(image)))
    assert [entry["digest"] for entry in owner.referrers(repository, image.digest).json["manifests"]] == [referrer.digest]

    owner.push_image(repository, "v1", image)
    assert [entry["digest"] for entry in owner.referrers(repository, image.digest).json["manifests"]] == [referrer.digest]


def test_a_deleted_referrer_is_no_longer_listed(owner: Client, repository: str) -> None:
    image = owner.push_image(repository, "v1")
    referrer = owner.push_image(repository, "signature", make_artifact(_SBOM, subject=subject_of(image)))

    owner.delete(repository, "signature")
    assert len(owner.referrers(repository, image.digest).json["manifests"]) == 1
    owner.delete(repository, referrer.digest)
    assert owner.referrers(repository, image.digest).json == _EMPTY
    owner.push_image(repository, None, referrer)
    assert len(owner.referrers(repository, image.digest).json["manifests"]) == 1


def test_referrers_are_those_of_the_same_repository(people: People, owner: Client, repository: str) -> None:
    image = owner.push_image(repository, "v1")
    owner.push_image(people.repository(owner), None, make_artifact(_SBOM, subject=subject_of(image)))

    assert owner.referrers(repository, image.digest).json == _EMPTY


def test_what_old_clients_recorded_under_the_fallback_tag_is_folded_in(owner: Client, repository: str) -> None:
    """Each referrer once, in the filtered list as well."""
    image = owner.push_image(repository, "v1")
    known = owner.push_image(repository, None, make_artifact(_SBOM, subject=subject_of(image)))
    old = make_artifact(_HELM)
    index = make_index([known.descriptor(artifactType=_SBOM), old.descriptor(artifactType=_HELM)])
    owner.push_image(repository, image.digest.replace(":", "-"), index)

    for query, found in (("", [known, old]), (f"?artifactType={_HELM.replace('+', '%2B')}", [old]), (f"?artifactType={_SBOM}", [known])):
        listed = owner.referrers(repository, image.digest, query).json["manifests"]
        assert [entry["digest"] for entry in listed] == [referrer.digest for referrer in found]


def test_a_fallback_tag_of_something_else_is_no_list(owner: Client, repository: str) -> None:
    image = owner.push_image(repository, "v1")
    owner.push_image(repository, image.digest.replace(":", "-"), make_image())

    assert owner.referrers(repository, image.digest).json == _EMPTY


def test_a_long_list_has_pages_that_keep_the_filter(owner: Client, repository: str) -> None:
    """Registry-protocol 9.3: every referrer once, in order."""
    image, config = make_image(), b"{}"
    owner.push_blob(repository, config)
    pushed: list[str] = []
    for number in range(405):
        kind = _SBOM if number % 2 else _HELM
        content = encode(
            {
                "schemaVersion": 2,
                "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": digest_of(config), "size": 2},
                "layers": [],
                "artifactType": kind,
                "subject": subject_of(image),
                "annotations": {"n": fresh().decode()},
            }
        )
        assert owner.push_manifest(repository, digest_of(content), content, OCI_MANIFEST).status == 201
        pushed.append(digest_of(content))
    target = f"/v2/{repository}/referrers/{image.digest}"

    pages = owner.pages(target, "manifests")
    assert [len(page) for page in pages] == [200, 200, 5]
    assert [entry["digest"] for page in pages for entry in page] == pushed
    filtered = owner.pages(f"{target}?artifactType={_HELM.replace('+', '%2B')}", "manifests")
    assert [len(page) for page in filtered] == [200, 3]
    assert [entry["digest"] for page in filtered for entry in page] == pushed[::2]
    for after in ("x", "-1", "%C2%B2", "9" * 40):
        assert owner.referrers(repository, image.digest, f"?after={after}").codes == ["INVALID_REQUEST"]


def test_a_page_ends_early_where_annotations_are_large(owner: Client, repository: str) -> None:
    image = owner.push_image(repository, "v1")
    for _ in range(3):
        owner.push_image(repository, None, make_artifact(_SBOM, subject=subject_of(image), annotations={"large": "x" * 1_500_000}))

    assert [len(page) for page in owner.pages(f"/v2/{repository}/referrers/{image.digest}", "manifests")] == [1, 1, 1]


def test_a_subject_by_sha512_has_its_referrers_by_that_digest(owner: Client, repository: str) -> None:
    """C12, C17."""
    image = owner.push_image(repository)
    digest = digest_of(image.content, "sha512")
    referrer = make_artifact(_SBOM, subject={"mediaType": OCI_MANIFEST, "digest": digest, "size": len(image.content)})
    for content in referrer.blobs:
        owner.push_blob(repository, content)
    own = digest_of(referrer.content, "sha512")
    answer = owner.push_manifest(repository, own, referrer.content)

    assert answer["oci-subject"] == digest
    assert [entry["digest"] for entry in owner.referrers(repository, digest).json["manifests"]] == [own]


def test_a_referrer_is_listed_by_the_digest_that_it_was_pushed_with_first(owner: Client, repository: str) -> None:
    image = owner.push_image(repository, "v1")
    first, second = (make_artifact(_SBOM, subject=subject_of(image)) for _ in range(2))
    owner.push_image(repository, None, first)
    for content in second.blobs:
        owner.push_blob(repository, content)
    by_sha512 = [digest_of(referrer.content, "sha512") for referrer in (first, second)]
    for referrer, digest in zip((second, first), reversed(by_sha512), strict=True):
        assert owner.push_manifest(repository, digest, referrer.content).status == 201
    owner.push_image(repository, None, second)

    assert [entry["digest"] for entry in owner.referrers(repository, image.digest).json["manifests"]] == [first.digest, by_sha512[1]]
