"""Tables for people, in Markdown, made of a record."""

from collections.abc import Iterator

from bench.bars import PEAK_MIB, REST_MIB, START_SECONDS, Bar, ratio_bars
from bench.measuring import Measurement
from bench.phases.registry import PHASES
from bench.record import Record

SATURATED = 0.9
NOISY_CORES = 0.1
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


def render(record: Record) -> str:
    """The whole report."""
    sections = [_render_heading(record)]
    reference, *others = record.servers
    sections += [_render_ratios(record, reference, other) for other in others]
    sections += [_render_memory(record), _render_phases(record)]
    if remarks := list(_remarks(record)):
        sections.append("**Remarks**\n\n" + "\n".join(f"- {remark}" for remark in remarks))
    return "\n\n".join(section for section in sections if section) + "\n"


def put_between_marks(page: str, report: str) -> str:
    """A page with the report between its marks. Raises ValueError when the marks are missing."""
    if BEGIN not in page or END not in page:
        raise ValueError(f"the page has no {BEGIN} and {END}")
    before, rest = page.split(BEGIN, 1)
    return f"{before}{BEGIN}\n{report}{END}{rest.split(END, 1)[1]}"


def format_number(value: float | None) -> str:
    """Three significant digits, as much as a benchmark can mean."""
    if value is None:
        return "-"
    if value >= 100:
        return f"{value:.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def _render_heading(record: Record) -> str:
    machine = record.machine
    servers = ", ".join(f"{name} {facts.version}" for name, facts in record.servers.items())
    lines = [
        f"- Date: {record.started_at}, {record.duration_seconds / 60:.1f} minutes, commit {machine['commit']}",
        f"- Servers: {servers}",
        f"- Machine: {machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, data on {machine['file_system']}",
        f"- System: {machine['system']}, kernel {machine['kernel']}, Python {machine['python']}, load average before {record.load_before:.1f}",
        f"- Command: `{record.command}`",
        f"- Load: {', '.join(f'{name} {value}' for name, value in record.load.items())}; medians of {record.runs} interleaved runs",
    ]
    return "\n".join(lines)


def _render_ratios(record: Record, reference: str, server: str) -> str:
    bars = ratio_bars(server) if reference == "distribution" else {}
    rows = []
    for phase in PHASES:
        if phase.name == "start":
            continue
        theirs, ours = record.measurement(phase.name, reference), record.measurement(phase.name, server)
        if not theirs or not ours or theirs.cpu_ms is None or ours.cpu_ms is None or not theirs.cpu_ms:
            continue
        ratio = ours.cpu_ms / theirs.cpu_ms
        cells = [
            f"{phase.title}, per {ours.unit}",
            format_number(theirs.cpu_ms),
            format_number(ours.cpu_ms),
            f"**{format_number(ratio)}**",
            _span_of_ratios(ours, theirs),
            _judgement(bars.get(phase.name), ratio),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    if not rows:
        return ""
    head = f"| CPU ms of the server's processes | {reference} | {server} | ratio | single runs | bar | goal | |\n|---|---|---|---|---|---|---|---|"
    return f"**{server} against {reference}**\n\n" + "\n".join([head, *rows])


def _span_of_ratios(ours: Measurement, theirs: Measurement) -> str:
    """Lowest and highest ratio of the runs that were measured one after the other."""
    ratios = [mine / other for mine, other in zip(ours.cpus, theirs.cpus, strict=False) if other]
    return f"{format_number(min(ratios))} to {format_number(max(ratios))}" if ratios else "-"


def _judgement(bar: Bar | None, value: float) -> str:
    """Three cells: bar, goal, verdict."""
    return f"{bar.bar:g} | {bar.goal:g} | {bar.judge(value)}" if bar else "- | - | "


def _render_memory(record: Record) -> str:
    rows = []
    for name, facts in record.servers.items():
        start, ours = record.measurement("start", name), name.startswith("pierhead")
        seconds = start.p50_ms / 1e3 if start and start.p50_ms and not start.failure else None
        again = start.notes.get("again_ms", 0) / 1e3 if start and seconds else None
        peak = record.peak_mib(name)
        checks = record.measurement("range", name)
        cells = [
            _limited(seconds, START_SECONDS if ours else None),
            format_number(again),
            _limited(facts.rest_mib, REST_MIB if ours else None),
            _limited(peak, PEAK_MIB if ours else None),
            f"{checks.notes['passed']} of {checks.operations:.0f}" if checks and not checks.failure else "-",
        ]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    head = "| server | first start, s | later start, s | memory at rest, MiB | peak, MiB | Range checks |\n|---|---|---|---|---|---|"
    bars = f"Bars and goals: start {START_SECONDS.bar} / {START_SECONDS.goal} s, memory at rest {REST_MIB.bar} / {REST_MIB.goal} MiB, peak "
    return "**Start and memory**\n\n" + "\n".join([head, *rows]) + f"\n\n{bars}{PEAK_MIB.bar} / {PEAK_MIB.goal} MiB."


def _limited(value: float | None, bar: Bar | None) -> str:
    """A number with its verdict."""
    return format_number(value) + (f" ({bar.judge(value)})" if value is not None and bar else "")


def _render_phases(record: Record) -> str:
    names = list(record.servers)
    rows = [f"| operation | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for phase in PHASES:
        if phase.name in ("range", "start") or phase.name not in record.results:
            continue
        cells = [_cell(record.measurement(phase.name, name)) for name in names]
        rows.append(f"| {phase.title} | {' | '.join(cells)} |")
    if len(rows) == 2:
        return ""
    return "**Rates** (per second; CPU ms per operation; p50 / p99 in ms; peak memory in MiB)\n\n" + "\n".join(rows)


def _cell(measurement: Measurement | None) -> str:
    if measurement is None:
        return "-"
    if measurement.failure:
        return "failed"
    limit = "≥ " if measurement.generator_share > SATURATED else ""
    parts = [f"{limit}{format_number(measurement.rate)} {measurement.unit}/s", format_number(measurement.cpu_ms)]
    if measurement.p50_ms is not None:
        parts.append(f"{format_number(measurement.p50_ms)} / {format_number(measurement.p99_ms)}")
    return "; ".join([*parts, format_number(measurement.peak_mib)])


def _remarks(record: Record) -> Iterator[str]:
    saturated, noise = False, 0.0
    for phase, servers in record.results.items():
        for server, measurement in servers.items():
            saturated = saturated or measurement.generator_share > SATURATED
            noise = max(noise, measurement.foreign_cores)
            if measurement.failure:
                yield f"{phase} of {server} failed: {measurement.failure}"
            elif measurement.errors:
                yield f"{phase} of {server}: errors {measurement.errors}"
            if wrong := measurement.notes.get("wrong"):
                yield f"Range checks of {server}: {'; '.join(wrong)}"
            if measurement.cpus and max(measurement.cpus) > 1.3 * min(measurement.cpus) > 0:
                yield f"{phase} of {server}: CPU differs between runs: {', '.join(map(format_number, measurement.cpus))} ms"
    if noise > NOISY_CORES:
        yield f"The machine was not quiet: other processes (or its host) used up to {noise:.1f} cores during a phase."
    if saturated:
        yield "≥: the generator used a whole core, so the rate is its limit, not the server's; CPU per operation holds all the same."
