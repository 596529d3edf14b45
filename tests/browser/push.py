"""Pushes images for browser tests with a real client."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from tests.services.images import ImageLayout
from tests.services.tools import require_tool


@dataclass(frozen=True, slots=True)
class Pusher:
    """skopeo with the images of the tests."""

    address: str
    images: ImageLayout
    environment: Mapping[str, str]
    password: str

    def __call__(self, repository: str, tag: str, image: str = "one") -> None:
        """Push under the name; whoever owns the namespace pushes."""
        skopeo = require_tool("skopeo", package="Debian: skopeo")
        user = repository.partition("/")[0]
        command = [
            str(skopeo), "--insecure-policy", "--registries-conf", self.environment["CONTAINERS_REGISTRIES_CONF"], "copy", "--all",
            "--dest-tls-verify=false", "--dest-creds", f"{user}:{self.password}", self.images.reference(image), f"docker://{self.address}/{repository}:{tag}",
        ]  # fmt: skip
        subprocess.run(command, env={**os.environ, **self.environment}, check=True, capture_output=True, timeout=120)
