"""One manifest under two digests: who asks with which algorithm is answered in it (registry-protocol 4; conformance notes on sha512)."""

from tests.registry.client import Client
from tests.registry.content import Image, digest_of, make_image


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
