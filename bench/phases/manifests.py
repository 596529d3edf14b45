"""Phases about manifests and what refers to them."""

import json
import os
from dataclasses import replace

from bench.content import ACCEPT, descriptor_of, digest_of
from bench.measuring import Measurement
from bench.phases.rates import measure_head
from bench.session import Session, manifest_job, push_manifest

REFERRERS = 20


def put_by_tag(session: Session) -> Measurement:
    """New manifests of eight layers, each under a new tag."""
    image, run = session.image(), os.urandom(4).hex()
    jobs = [manifest_job(session.caller, f"t-{run}-{index}", image.manifest(f"{run}-{index}")) for index in range(session.load.manifests)]
    return session.measure_crowd("PUT", jobs)


def get_by_tag(session: Session) -> Measurement:
    """GET of a manifest by its tag."""
    session.latest()
    return session.measure_get(session.caller.path("manifests/latest"), ACCEPT)


def get_by_digest(session: Session) -> Measurement:
    """GET of a manifest by its digest."""
    return session.measure_get(session.caller.path(f"manifests/{digest_of(session.latest())}"), ACCEPT)


def head_by_tag(session: Session) -> Measurement:
    """HEAD of a manifest by its tag."""
    session.latest()
    return measure_head(session, session.caller.path("manifests/latest"))


def referrers(session: Session) -> Measurement | None:
    """GET of the list of 20 referrers; nothing where the registry lacks that API."""
    subject = session.latest()
    path = session.caller.path(f"referrers/{digest_of(subject)}")
    with session.caller.connect() as connection:
        if not session.has_referrers:
            for index in range(REFERRERS):
                manifest = session.image().manifest(f"referrer {index}", descriptor_of(subject))
                push_manifest(session.caller, connection, digest_of(manifest), manifest)
            session.has_referrers = True
        answer = connection.ask(session.caller.request("GET", path))
    if answer.status == 404:
        return None
    listed = len(json.loads(answer.require(200).body)["manifests"])
    measurement = session.measure_get(path)
    return replace(measurement, notes={**measurement.notes, "listed": listed})
