"""Configuration files under which podman, buildah and skopeo run on any test machine, without touching the machine's own."""

import shutil
import subprocess
from pathlib import Path

# The built-in limits cannot be raised on every machine, crun refuses hybrid cgroups, and the file replaces the distribution's,
# whose shorter list of capabilities must be kept.
_CONTAINERS = """\
[containers]
default_ulimits = ["nofile=1024:1024","nproc=4096:4096"]
default_capabilities = ["CHOWN","DAC_OVERRIDE","FOWNER","FSETID","KILL","NET_BIND_SERVICE","SETFCAP","SETGID","SETPCAP","SETUID","SYS_CHROOT"]
netns = "host"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


def containers_environment(folder: Path, *, registry: str, driver: str = "overlay") -> dict[str, str]:
    """Write the files into the folder; the environment that points at them.

    Storage lies in the folder too. `registry` (host:port) may be spoken to without TLS.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "CONTAINERS_CONF": _CONTAINERS,
        "CONTAINERS_REGISTRIES_CONF": f'unqualified-search-registries = []\n[[registry]]\nlocation = "{registry}"\ninsecure = true\n',
        "CONTAINERS_STORAGE_CONF": f'[storage]\ndriver = "{driver}"\ngraphroot = "{folder}/storage"\nrunroot = "{folder}/run"\n',
    }
    environment = {}
    for name, text in files.items():
        file = folder / f"{name.lower()}.conf"
        file.write_text(text)
        environment[name] = str(file)
    return environment


def remove_containers_folder(folder: Path) -> None:
    """Remove the folder with its storage, which podman and buildah leave mounted on itself when they run as root."""
    mounted = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for place in reversed(mounted):
        if Path(place).is_relative_to(folder):
            subprocess.run(["umount", place], check=True, timeout=30)
    shutil.rmtree(folder)
