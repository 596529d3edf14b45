"""Every phase, in the order in which they run."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.errors import BenchError
from bench.measuring import Measurement
from bench.phases import blobs, manifests, ranges, rates, starting, tags
from bench.session import Session


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase: its name on the command line, its title in tables. `once`: it does not run several times."""

    name: str
    title: str
    run: Callable[[Session], Measurement | None]
    once: bool = False

    @property
    def summary(self) -> str:
        return (self.run.__doc__ or "").splitlines()[0]


PHASES = (
    Phase("start", "start until the first answer", starting.start_up, once=True),
    Phase("push_stream", "push of the big blob, streamed", blobs.push_streamed),
    Phase("push_mono", "push of the big blob, one PUT", blobs.push_monolithic),
    Phase("pull1", "pull of the big blob, 1 stream", blobs.pull_one),
    Phase("pull8", "pull of the big blob, 8 streams", blobs.pull_many),
    Phase("range", "Range checks", ranges.check_ranges, once=True),
    Phase("small", "push of a 4 KiB blob", blobs.push_small),
    Phase("manifest_put", "manifest PUT by new tag", manifests.put_by_tag),
    Phase("manifest_get", "manifest GET by tag", manifests.get_by_tag),
    Phase("manifest_head", "manifest HEAD by tag", manifests.head_by_tag),
    Phase("manifest_get_digest", "manifest GET by digest", manifests.get_by_digest),
    Phase("blob_get", "blob GET 4 KiB", blobs.get_small),
    Phase("blob_head", "blob HEAD 4 KiB", blobs.head_small),
    Phase("tags", "tags/list, whole", tags.list_whole),
    Phase("tags_page", "tags/list, page of 100 from the middle", tags.list_page),
    Phase("mount", "cross-repository mount", blobs.mount),
    Phase("referrers", "20 referrers", manifests.referrers),
    Phase("ping", "GET /v2/", rates.ping),
)
BY_NAME = {phase.name: phase for phase in PHASES}


def choose_phases(only: str | None, skip: str | None) -> list[Phase]:
    """The phases that two lists of names (separated by commas) leave. Raises BenchError for an unknown name."""
    wanted = only.split(",") if only else list(BY_NAME)
    unwanted = skip.split(",") if skip else []
    if unknown := sorted((set(wanted) | set(unwanted)) - set(BY_NAME)):
        raise BenchError(f"unknown phase {', '.join(unknown)}; known are {', '.join(BY_NAME)}")
    return [phase for phase in PHASES if phase.name in wanted and phase.name not in unwanted]
