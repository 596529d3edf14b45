"""One manifest under two digests: who asks with which algorithm is answered in it (registry-protocol 4; conformance notes on sha512)."""

from tests.registry.client import Client
from tests.registry.content import OCI_MANIFEST, Image, digest_of, make_artifact, make_image, make_index


def push_blobs(client: Client, repository: str, image: Image) -> None:
    for content in image.blobs:
        client.push_blob(repository, content)


def test_a_tag_answers_the_algorithm_that_it_was_pushed_with(owner: Client, repository: str) -> None:
    """Whatever else the same manifest was pushed by, before and after."""
    image = make_image()
    push_blobs(owner, repository, image)
    by_sha512 = digest_of(image.content, "sha512")
    owner.push_manifest(repository, "plain", image.content)
    owner.push_manifest(repository, f"{by_sha512}?tag=long", image.content)
    owner.push_manifest(repository, f"{image.digest}?tag=short", image.content)

    for tag, digest in (("plain", image.digest), ("long", by_sha512), ("short", image.digest)):
        for method in ("GET", "HEAD"):
            assert owner.call(method, f"/v2/{repository}/manifests/{tag}")["docker-content-digest"] == digest


def test_a_tag_takes_over_the_algorithm_of_the_last_push(owner: Client, repository: str) -> None:
    image = make_image()
    push_blobs(owner, repository, image)
    by_sha512 = digest_of(image.content, "sha512")

    for reference, digest in ((f"{by_sha512}?tag=v1", by_sha512), ("v1", image.digest), (f"{by_sha512}?tag=v1", by_sha512)):
        owner.push_manifest(repository, reference, image.content)
        assert owner.pull(repository, "v1")["docker-content-digest"] == digest


def test_a_subject_under_two_digests_has_one_list_of_referrers(owner: Client, repository: str) -> None:
    """Whichever digest a referrer names, and whichever a client asks with."""
    image = make_image()
    push_blobs(owner, repository, image)
    by_sha512 = digest_of(image.content, "sha512")
    pushed = []
    for number in range(203):
        subject = {"mediaType": OCI_MANIFEST, "digest": image.digest if number % 3 else by_sha512, "size": len(image.content)}
        referrer = make_index([], artifactType=f"application/vnd.example.n{number % 2}", subject=subject)
        owner.push_image(repository, None, referrer)
        pushed.append(referrer.digest)
    assert len(owner.referrers(repository, by_sha512).json["manifests"]) == 68
    for digest in (by_sha512, image.digest):
        owner.push_manifest(repository, digest, image.content)

    for digest in (by_sha512, image.digest):
        for query, expected in (("", pushed), ("?artifactType=application/vnd.example.n1", pushed[1::2])):
            pages = owner.pages(f"/v2/{repository}/referrers/{digest}{query}", "manifests")
            assert [entry["digest"] for page in pages for entry in page] == expected


def test_fallback_tags_of_both_digests_are_folded_in(owner: Client, repository: str) -> None:
    image, old = make_image(), make_artifact("application/vnd.example.sbom")
    push_blobs(owner, repository, image)
    by_sha512 = digest_of(image.content, "sha512")
    for digest in (by_sha512, image.digest):
        owner.push_manifest(repository, digest, image.content)
    for digest in (by_sha512, image.digest):
        owner.push_image(repository, digest.replace(":", "-")[:128], make_index([old.descriptor()]))

    for digest in (by_sha512, image.digest):
        assert [entry["digest"] for entry in owner.referrers(repository, digest).json["manifests"]] == [old.digest]
