"""A page of tags comes out of one index, in order, whatever the column: nothing is sorted and nothing is read through."""

from bench.tag_lists import explain_page, seed_tags
from pierhead.platform.database import Database, UnitOfWork
from pierhead.registry.model.selection import SORT_COLUMNS

_TAGS = 3000
_PLACES = {"digest": "sha256:8", "moved_by": "robot2", "immutable": False, "signed": False, "name": "v2"}


def test_every_page_is_a_range_of_the_index_on_its_column(database: Database) -> None:
    database.write_now(seed_tags, _TAGS)
    is_sqlite = database.engine.dialect.name == "sqlite"

    def explain(work: UnitOfWork) -> dict[tuple[str, bool, bool], str]:
        work.connection.exec_driver_sql("ANALYZE")
        found = {}
        for column in SORT_COLUMNS.values():
            place = ["v2"] if column == "name" else [_PLACES.get(column, 1000), "v2"]
            for descending in (False, True):
                for where in (None, place):
                    plan = explain_page(work.connection, column, descending=descending, place=where, now_ms=work.now_ms)
                    found[column, descending, where is None] = " | ".join(plan)
        return found

    for (column, descending, is_first), plan in database.read_now(explain).items():
        case = f"{column} {descending} {is_first}: {plan}"
        index = f"ix_tag_listing_{column}"
        if column == "name":
            index = "PRIMARY KEY" if is_sqlite else "pk_tag_listing"
        assert index in plan, case
        assert "TEMP B-TREE" not in plan, case
        assert "Sort" not in plan, case
        assert "SCAN" not in plan, case
        if is_sqlite and not is_first:
            assert ("name>?" in plan or "name<?" in plan) if column == "name" else f"({column},name)" in plan, case
