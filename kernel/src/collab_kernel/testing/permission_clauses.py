"""The clauses about what a renderer does only where its host allows it."""

from __future__ import annotations

import unittest

from collab_kernel.errors import PipelineFailedError
from collab_kernel.spi import SaveData

from .clause import clause, refuses
from .renderer_stage import RendererStage


class PermissionClauses(RendererStage):
    """A state may say anything: it may have come by mail."""

    @clause
    def test_data_are_saved_through_the_host_only(self) -> None:
        """Which knows where this server may write, and puts the file in its place when done."""
        if not self.saves:
            raise unittest.SkipTest("this renderer saves nothing: its kit names no extension")
        with self._scene() as (trial, _, source, _):
            query = SaveData(source, 0, f"data.{self.saves}")
            answer = trial.renderer.query(query)
            saved = trial.host.saved.get(query.file_name)
            assert saved, f"the host was given {sorted(trial.host.saved)}"
            told = answer.data.decode()
            assert told == query.file_name, f"it says that the file is {told!r}"
            trial.host.forbidden = True
            refuses(str(query), lambda: trial.renderer.query(query), PipelineFailedError)

    @clause
    def test_code_is_left_out_where_the_host_allows_none(self) -> None:
        """As an error of the proxy that names the server's flag."""
        types = sorted(self.spec.definitions().runs_code)
        if not types:
            raise unittest.SkipTest("this renderer's catalogue marks no type that runs code")
        for type in types:
            with self._trial() as trial:
                proxy = trial.create(type)
                trial.settle()
                error = trial.host.fact(proxy).error
                assert "--allow-code" in error, f"of {type[0]}/{type[1]} it told {error!r}"
