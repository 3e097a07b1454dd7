"""The kit catches renderers that do what their host does not allow."""

from pathlib import Path
from typing import Any

import pytest

from collab_kernel.errors import RendererError
from collab_kernel.spi import Answer, Catalogue, Derived, ProxyId, RendererSpec, SaveData
from collab_kernel.testing.catalogue import SPECIMEN, SPHERE, definitions
from collab_kernel.testing.clause import ContractBrokenError
from collab_kernel.testing.permission_clauses import PermissionClauses
from collab_kernel.testing.toy import TOY, ToyRenderer

CODING = RendererSpec(
    "coding", lambda: Catalogue("toy", definitions().definitions.values(), [SPECIMEN]), TOY.factory
)


class Asking(ToyRenderer):
    """Asks before it runs code."""

    def _executed(self, proxy: ProxyId, asked: bool) -> Derived:
        if self._state.proxy(proxy).type == SPECIMEN[1] and not self._host.runs_code():
            return Derived(proxy, self._state.revision, error="no code here (--allow-code)")
        return super()._executed(proxy, asked)


class WritingItself(Asking):
    def _saved(self, query: SaveData) -> Answer:
        content = self._data(query.proxy).data
        Path(query.file_name).write_bytes(content)
        return Answer(self._state.revision, query.file_name.encode())


class WritingNothing(Asking):
    def _saved(self, query: SaveData) -> Answer:
        path = self._host.save(query.file_name, query.replace, lambda path: None)
        return Answer(self._state.revision, path.encode())


class Silent(Asking):
    def _saved(self, query: SaveData) -> Answer:
        super()._saved(query)
        return Answer(self._state.revision)


class Swallowing(Asking):
    def _saved(self, query: SaveData) -> Answer:
        try:
            return super()._saved(query)
        except RendererError:
            return Answer(self._state.revision)


def kit_of(renderer: type[ToyRenderer]) -> PermissionClauses:
    class Kit(PermissionClauses):
        spec = CODING
        source = SPHERE
        saves = "npz"

        def make_renderer(self, host: Any) -> Any:
            return renderer(host)

    return Kit()


BROKEN: list[tuple[type[ToyRenderer], str]] = [
    (WritingItself, "data are saved through the host only"),
    (WritingNothing, "data are saved through the host only"),
    (Silent, "data are saved through the host only"),
    (Swallowing, "data are saved through the host only"),
    (ToyRenderer, "code is left out where the host allows none"),
]


@pytest.mark.parametrize(("renderer", "sentence"), BROKEN)
def test_a_broken_renderer_is_caught_by_the_clause_it_breaks(
    renderer: type[ToyRenderer], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ContractBrokenError, match=f"^{sentence}: "):
        getattr(kit_of(renderer), f"test_{sentence.replace(' ', '_')}")()


def test_a_renderer_that_asks_passes() -> None:
    for clause in PermissionClauses.clauses():
        getattr(kit_of(Asking), clause)()


def test_every_clause_is_proven_by_a_renderer_that_breaks_it() -> None:
    proven = {f"test_{sentence.replace(' ', '_')}" for _, sentence in BROKEN}
    assert proven == set(PermissionClauses.clauses())
