"""The kit catches renderers that list the wrong rows."""

from dataclasses import replace
from typing import Any

import pytest

from collab_kernel.errors import InvalidValueError
from collab_kernel.spi import MAX_ROWS, Answer, Column, FetchRows, Query, Rows
from collab_kernel.testing.catalogue import SPHERE
from collab_kernel.testing.clause import ContractBrokenError
from collab_kernel.testing.row_clauses import RowClauses
from collab_kernel.testing.toy import TOY, ToyRenderer

ROWS = "rows are those of the data and as many as were asked for"
CLAUSE = "test_" + ROWS.replace(" ", "_")


class Listing(ToyRenderer):
    """Numbers its points and cells."""

    def query(self, query: Query) -> Answer:
        if not isinstance(query, FetchRows):
            return super().query(query)
        self._check(query)
        ports = self._derived(query.proxy, asked=True).ports
        if query.port >= len(ports):
            raise InvalidValueError("there is no such port")
        total = ports[0].points if query.association == "POINTS" else ports[0].cells
        rows = self._rows(query, total)
        return Answer(self._state.revision, rows=rows)

    def _check(self, query: FetchRows) -> None:
        if query.association not in ("POINTS", "CELLS", "FIELD"):
            raise InvalidValueError("that has no rows")
        if not 1 <= query.count <= MAX_ROWS:
            raise InvalidValueError("that is no number of rows")
        if {*query.columns, query.sort_by} - {"Number", "Half", ""}:
            raise InvalidValueError("there is no such column")

    def _rows(self, query: FetchRows, total: int) -> Rows:
        ids = range(total)[::-1] if query.descending else range(total)
        shown = tuple(ids[query.first : query.first + query.count])
        columns = (
            Column("Number", "int", 1, shown),
            Column("Half", "double", 1, tuple(number / 2 for number in shown)),
        )
        wanted = tuple(c for c in columns if c.name in query.columns or not query.columns)
        return Rows(total, shown, wanted, ("Number", "Half"))


class Unbounded(Listing):
    def _rows(self, query: FetchRows, total: int) -> Rows:
        return super()._rows(replace(query, count=MAX_ROWS), total)


class Miscounting(Listing):
    def _rows(self, query: FetchRows, total: int) -> Rows:
        return replace(super()._rows(query, total), total=total + 1)


class OneWayOnly(Listing):
    def _rows(self, query: FetchRows, total: int) -> Rows:
        return super()._rows(replace(query, descending=False), total)


class GoingRound(Listing):
    def _rows(self, query: FetchRows, total: int) -> Rows:
        return super()._rows(replace(query, first=query.first % total), total)


class ShowingEverything(Listing):
    def _rows(self, query: FetchRows, total: int) -> Rows:
        return super()._rows(replace(query, columns=()), total)


class Ragged(Listing):
    def _rows(self, query: FetchRows, total: int) -> Rows:
        found = super()._rows(query, total)
        return replace(found, columns=tuple(replace(c, cells=c.cells[:1]) for c in found.columns))


class Secretive(Listing):
    def _rows(self, query: FetchRows, total: int) -> Rows:
        return replace(super()._rows(query, total), names=())


class TakingAnything(Listing):
    def _check(self, query: FetchRows) -> None:
        pass


class Silent(Listing):
    def query(self, query: Query) -> Answer:
        return replace(super().query(query), rows=None)


class MakingItUp(ToyRenderer):
    """Of a kit that says it lists none."""

    def query(self, query: Query) -> Answer:
        if isinstance(query, FetchRows):
            return Answer(self._state.revision, rows=Rows())
        return super().query(query)


BROKEN = (
    Unbounded,
    Miscounting,
    OneWayOnly,
    GoingRound,
    ShowingEverything,
    Ragged,
    Secretive,
    TakingAnything,
    Silent,
)


def run(renderer: type[ToyRenderer], can: bool = True) -> None:
    class Kit(RowClauses):
        spec = TOY
        source = SPHERE
        lists_rows = can

        def make_renderer(self, host: Any) -> Any:
            return renderer(host)

    getattr(Kit(), CLAUSE)()


@pytest.mark.parametrize("renderer", BROKEN)
def test_a_renderer_that_lists_the_wrong_rows_is_caught(renderer: type[ToyRenderer]) -> None:
    with pytest.raises(ContractBrokenError, match=f"^{ROWS}: "):
        run(renderer)


def test_a_renderer_that_says_it_lists_none_must_refuse() -> None:
    run(ToyRenderer, can=False)
    with pytest.raises(ContractBrokenError, match=f"^{ROWS}: "):
        run(MakingItUp, can=False)


def test_one_that_works_keeps_the_clause() -> None:
    assert [name for name in vars(RowClauses) if name.startswith("test_")] == [CLAUSE]
    run(Listing)
