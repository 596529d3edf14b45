"""Medians, failures, bars and tables of the benchmark."""

from pathlib import Path

import pytest

from bench.__main__ import build_load, build_parser
from bench.bars import Bar
from bench.commands import command_line
from bench.errors import BenchError
from bench.load import QUICK
from bench.measuring import Measurement, combine, failed, percentile, with_latencies
from bench.phases.registry import PHASES, choose_phases
from bench.record import Record, ServerFacts
from bench.report import BEGIN, END, format_number, put_between_marks, render

MACHINE = {
    "cpu": "Wheel",
    "cores": 2,
    "memory_gib": 4.0,
    "kernel": "6",
    "system": "Debian",
    "python": "3.11",
    "file_system": "ext4",
    "commit": "abc",
}


def measured(cpu_ms: float, *, peak_mib: float = 60, p50_ms: float = 1, generator_cpu_seconds: float = 0) -> Measurement:
    return Measurement(
        unit="GET",
        operations=1000,
        rate=500,
        wall_seconds=2,
        cpu_ms=cpu_ms,
        peak_mib=peak_mib,
        p50_ms=p50_ms,
        generator_cpu_seconds=generator_cpu_seconds,
    )


def record_of(ours: Measurement, theirs: Measurement, phase: str = "manifest_get") -> Record:
    return Record(
        started_at="2026-01-01T00:00:00+00:00",
        command="python -m bench compare",
        machine=MACHINE,
        load={"size_mib": 512},
        runs=3,
        servers={"distribution": ServerFacts("v3.1.1", 43.0), "pierhead": ServerFacts("0.1", 90.0)},
        results={phase: {"distribution": theirs, "pierhead": ours}},
    )


def test_the_median_of_the_runs_is_kept_with_the_single_values_and_the_highest_memory() -> None:
    combined = combine([measured(0.3, peak_mib=60), measured(0.1, peak_mib=90), measured(0.2, peak_mib=70)])
    assert (combined.cpu_ms, combined.cpus, combined.peak_mib) == (0.2, (0.3, 0.1, 0.2), 90)


def test_one_failed_run_fails_the_phase() -> None:
    assert combine([measured(0.3), failed("refused")]).failure == "refused"


def test_more_than_one_wrong_answer_in_a_hundred_is_a_failure() -> None:
    assert with_latencies(measured(0.1), [0.001], {"PUT 500": 10}).judged().failure is None
    spoiled = with_latencies(measured(0.1), [0.001], {"PUT 500": 11}).judged()
    assert spoiled.failure
    assert (spoiled.rate, spoiled.cpu_ms) == (0, None)


def test_percentiles_of_few_values_are_values_that_were_seen() -> None:
    assert [percentile([3, 1, 2], part) for part in (0.0, 0.5, 0.99)] == [1, 2, 3]
    assert percentile([], 0.5) == 0


def test_a_bar_is_reached_at_its_value() -> None:
    bar = Bar(1.0, 0.6)
    assert [bar.judge(value) for value in (0.6, 1.0, 1.01)] == ["ok, goal reached", "ok", "**not reached**"]


def test_the_table_shows_the_ratio_beside_its_bar_and_goal() -> None:
    report = render(record_of(combine([measured(0.1)]), combine([measured(0.2)])))
    assert "| manifest GET by tag, per GET | 0.20 | 0.10 | **0.50** | 0.50 to 0.50 | 1 | 0.6 | ok, goal reached |" in report


def test_a_missed_bar_and_a_failed_phase_cannot_be_overlooked() -> None:
    assert "**not reached**" in render(record_of(measured(0.5), measured(0.2)))
    assert "manifest_get of pierhead failed: refused" in render(record_of(failed("refused"), measured(0.2)))


def test_a_rate_that_the_generator_limited_is_marked() -> None:
    limited = measured(0.1, generator_cpu_seconds=1.95)
    assert "≥ 500 GET/s" in render(record_of(limited, measured(0.2)))


def test_a_record_survives_its_file(tmp_path: Path) -> None:
    record = record_of(combine([measured(0.1, p50_ms=1.0)]), failed("refused"))
    record.save(tmp_path / "run.json")
    assert Record.load_file(tmp_path / "run.json") == record


def test_a_report_replaces_what_stood_between_the_marks_of_a_page() -> None:
    page = f"# Speed\n{BEGIN}\nold\n{END}\nend\n"
    assert put_between_marks(page, "new\n") == f"# Speed\n{BEGIN}\nnew\n{END}\nend\n"
    with pytest.raises(ValueError, match="bench: begin"):
        put_between_marks("# Speed\n", "new\n")


def test_the_documentation_has_the_marks_for_the_report() -> None:
    page = (Path(__file__).parents[2] / "docs" / "benchmarks.md").read_text()
    assert page.index(BEGIN) < page.index(END)


def test_the_documentation_names_every_phase() -> None:
    page = (Path(__file__).parents[2] / "docs" / "benchmarks.md").read_text()
    assert not [phase.name for phase in PHASES if f"`{phase.name}`" not in page]


def test_phases_are_chosen_in_their_own_order() -> None:
    assert [phase.name for phase in choose_phases("ping,small", None)] == ["small", "ping"]
    assert "start" not in [phase.name for phase in choose_phases(None, "start")]
    with pytest.raises(BenchError, match="unknown phase pnig"):
        choose_phases("pnig", None)


def test_single_settings_win_over_the_quick_load() -> None:
    load = build_load(build_parser().parse_args(["compare", "--quick", "--seconds", "3"]))
    assert (load.seconds, load.size_mib) == (3, QUICK.size_mib)


def test_the_recorded_command_holds_no_password() -> None:
    assert "secret" not in command_line(["measure", "--target", "a=http://h,user=me,password=secret"])


@pytest.mark.parametrize("value, text", [(1234.5, "1234"), (12.34, "12.3"), (0.456, "0.46"), (0.0123, "0.012"), (None, "-")])
def test_numbers_are_shown_with_the_digits_that_mean_something(value: float | None, text: str) -> None:
    assert format_number(value) == text
