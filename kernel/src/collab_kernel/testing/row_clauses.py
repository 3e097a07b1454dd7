"""The clauses about the rows that spreadsheets show."""

from __future__ import annotations

from collab_kernel.errors import InvalidValueError, RendererError
from collab_kernel.spi import MAX_ROWS, FetchRows, Rows

from .clause import clause, refuses
from .renderer_stage import RendererStage
from .renderer_trial import RendererTrial

NOWHERE = 2**40
"""A row that no data has."""


class RowClauses(RendererStage):
    """Spreadsheets of any length scroll by asking for a few rows after the other."""

    @clause
    def test_rows_are_those_of_the_data_and_as_many_as_were_asked_for(self) -> None:
        """In the order that was asked for. What can't tell refuses."""
        with self._scene() as (trial, _, source, _):
            question = FetchRows(source, count=MAX_ROWS)
            if not self.lists_rows:
                refusals = (InvalidValueError, RendererError)
                refuses(str(question), lambda: trial.renderer.query(question), *refusals)
                return
            trial.settle()
            info = trial.host.fact(source).ports[0]
            for association, total in (("POINTS", info.points), ("CELLS", info.cells)):
                few = min(3, total)
                rows = rows_of(trial, FetchRows(source, 0, association, count=3))
                found = (rows.total, rows.ids)
                assert found == (total, tuple(range(few))), f"{association}: {found} of {total}"
                assert {c.name for c in rows.columns} <= set(rows.names), f"unnamed: {rows}"
                for column in rows.columns:
                    cells = len(column.cells)
                    assert cells == few * column.components, f"{column.name} has {cells} cells"
                last = FetchRows(source, 0, association, count=1, descending=True)
                assert rows_of(trial, last).ids == (total - 1,), f"{last} is another row"
                beyond = FetchRows(source, 0, association, first=NOWHERE)
                assert not rows_of(trial, beyond).ids, f"{beyond} finds rows"
                for name in rows.names[:1]:
                    one = rows_of(trial, FetchRows(source, 0, association, columns=(name,)))
                    assert [c.name for c in one.columns] == [name], f"not {name} alone"
            for wrong in (
                FetchRows(source, 0, "NOTHING"),
                FetchRows(source, count=0),
                FetchRows(source, count=MAX_ROWS + 1),
                FetchRows(source, columns=("no such column",)),
                FetchRows(source, sort_by="no such column"),
                FetchRows(source, port=99),
            ):
                refuses(str(wrong), lambda q=wrong: trial.renderer.query(q), InvalidValueError)  # type: ignore[misc]


def rows_of(trial: RendererTrial, query: FetchRows) -> Rows:
    found = trial.ask(query).rows
    assert found is not None, f"the answer to {query} has no rows"
    assert len(found.ids) <= query.count, f"{query} is answered by {len(found.ids)} rows"
    return found
