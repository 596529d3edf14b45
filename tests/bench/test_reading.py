"""The benchmark reads what others print: headers, challenges, wrk's report, /proc."""

import os

import pytest

from bench.authentication import Account, parse_challenge
from bench.errors import BenchError
from bench.machine import cpu_model, file_system_of
from bench.phases.ranges import CHECKS, judge
from bench.phases.tags import next_page
from bench.processes import TICKS_PER_SECOND, list_tree, measure_usage, parse_machine_cpu, parse_memory, parse_stat
from bench.targets import parse_target
from bench.wire import Answer, Endpoint, parse_head, path_of, with_digest
from bench.wrk import parse_report

WRK_REPORT = """\
Running 3s test @ http://127.0.0.1:5000/v2/
  1 threads and 32 connections
  Latency Distribution
     50%  950.00us
     75%    2.10ms
     99%    1.25s
  22705 requests in 3.01s, 4.55MB read
  Socket errors: connect 0, read 3, write 0, timeout 7
  Non-2xx or 3xx responses: 12
Requests/sec:   7543.21
"""


def test_the_head_of_an_answer_gives_status_and_headers_in_lower_case() -> None:
    status, headers = parse_head(b"HTTP/1.1 202 Accepted\r\nLocation: /v2/a/blobs/uploads/1?state=x:y\r\nContent-Length: 0")
    assert (status, headers) == (202, {"location": "/v2/a/blobs/uploads/1?state=x:y", "content-length": "0"})


@pytest.mark.parametrize("location", ["http://registry:5000/v2/a/blobs/uploads/1?state=x", "/v2/a/blobs/uploads/1?state=x"])
def test_an_upload_goes_on_at_the_path_of_an_absolute_or_relative_location(location: str) -> None:
    assert with_digest(path_of(location), "sha256:00") == "/v2/a/blobs/uploads/1?state=x&digest=sha256:00"
    assert with_digest("/v2/a/blobs/uploads/1", "sha256:00") == "/v2/a/blobs/uploads/1?digest=sha256:00"


def test_an_endpoint_knows_the_port_of_its_scheme() -> None:
    assert Endpoint.of("https://registry.example.com/x") == Endpoint(
        "registry.example.com", 443, tls=True, authority="registry.example.com"
    )
    with pytest.raises(BenchError, match="no address"):
        Endpoint.of("registry.example.com:5000")


def test_a_bearer_challenge_gives_realm_and_service() -> None:
    challenge = parse_challenge('Bearer realm="http://127.0.0.1:8080/v2/auth",service="127.0.0.1:8080"')
    assert challenge.scheme == "bearer"
    assert challenge.parameters == {"realm": "http://127.0.0.1:8080/v2/auth", "service": "127.0.0.1:8080"}
    assert parse_challenge('Basic realm="x"').scheme == "basic"
    assert Account("Aladdin", "open sesame").basic == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="


def test_the_report_of_wrk_is_read_with_every_unit_and_its_errors() -> None:
    report = parse_report(WRK_REPORT)
    assert (report.requests, round(report.p50_ms, 3), report.p99_ms, report.late) == (22705, 0.95, 1250.0, 7)
    assert report.errors == {"read": 3, "status not 2xx or 3xx": 12}


def test_a_wrk_that_printed_no_report_is_an_error() -> None:
    with pytest.raises(BenchError, match="unable to connect"):
        parse_report("unable to connect to 127.0.0.1:1 Connection refused")


def test_a_target_of_the_command_line_takes_its_settings() -> None:
    target = parse_target("ours=http://127.0.0.1:8080/,user=me,password=a=b,pids=7+8,repository=me/a")
    assert (target.name, target.base, target.pids) == ("ours", "http://127.0.0.1:8080", (7, 8))
    assert (target.account, target.repository) == (Account("me", "a=b"), "me/a")


@pytest.mark.parametrize("text", ["http://127.0.0.1:5000", "a=127.0.0.1:5000", "a=http://h,colour=red", "a=http://h,authentication=ntlm"])
def test_a_wrong_target_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(BenchError):
        parse_target(text)


def test_the_stat_of_a_process_whose_name_holds_brackets_is_read() -> None:
    line = f"42 (a) (b) S 7 42 42 0 -1 0 0 0 0 0 5 6 {TICKS_PER_SECOND} {2 * TICKS_PER_SECOND} 20 0 1 0 0"
    assert parse_stat(line) == (7, 3.0)
    assert parse_memory("VmHWM:\t 2048 kB\nVmRSS:\t 1024 kB\n") == (1.0, 2.0)
    assert parse_memory("Name: kthreadd\n") == (0.0, 0.0)


def test_idle_time_and_waiting_for_disks_are_no_use_of_the_processor() -> None:
    columns = [1, 2, 3, 1000, 1000, 4, 5, 6, 50, 50]
    assert parse_machine_cpu("cpu  " + " ".join(map(str, columns)) + "\ncpu0 ...") == pytest.approx(21 / TICKS_PER_SECOND)


def test_this_process_has_used_processor_and_memory() -> None:
    usage = measure_usage((os.getpid(),))
    assert os.getpid() in list_tree((os.getpid(),))
    assert usage.cpu_seconds > 0
    assert usage.peak_mib > 1


def test_the_innermost_mount_tells_the_file_system(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp()
    mounts = f"/dev/sda / ext4 rw 0 0\ntmpfs {folder.parent} tmpfs rw 0 0\nproc /proc proc rw 0 0\n"
    assert file_system_of(folder, mounts) == "tmpfs"
    assert cpu_model("processor\t: 0\nmodel name\t: Wheel 3000\n") == "Wheel 3000"


def test_the_next_page_is_the_target_of_the_link_header() -> None:
    assert next_page(Answer(200, {"link": '</v2/a/tags/list?last=v9&n=10>; rel="next"'})) == "/v2/a/tags/list?last=v9&n=10"
    assert not next_page(Answer(200, {}))


def test_an_answer_to_a_range_is_judged_by_status_bytes_and_content_range() -> None:
    data, check = bytes(range(256)) * 16, CHECKS[1]
    right = Answer(206, {"content-range": "bytes 1000-1999/4096"}, data[1000:2000])
    assert judge(check, right, data) is None
    assert judge(check, Answer(200, {}, data), data) == "middle: status 200"
    assert judge(check, Answer(206, {"content-range": "bytes 0-1/4096"}, data[1000:2000]), data) == "middle: content-range bytes 0-1/4096"
    assert judge(check, Answer(206, {}, data[:10]), data) == "middle: 10 other bytes"
