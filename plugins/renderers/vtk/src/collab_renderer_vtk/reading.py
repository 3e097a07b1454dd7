"""Stages that read files: each is looked at before VTK opens it, as are those that it names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from collab_renderer_vtk import objects
from collab_renderer_vtk.collection import steps_of
from collab_renderer_vtk.curated import REFERENCES
from collab_renderer_vtk.curated.readers import READERS
from collab_renderer_vtk.curated.vocabulary import CuratedType, FilePath
from collab_renderer_vtk.file_series import FileSeries, Part, Step, step_at
from collab_renderer_vtk.files import check_file
from collab_renderer_vtk.references import check_references, names_nothing
from collab_renderer_vtk.stage_error import StageError
from collab_renderer_vtk.stages import Settings, Stage

File: TypeAlias = Callable[[str], str]
"""The path to open for a file name (`RendererHost.file`)."""


class FileReader:
    """A VTK reader of one format. It reads a file once, unless that changes."""

    def __init__(self, curated: CuratedType, path: FilePath) -> None:
        self.algorithm = objects.create(curated)
        self._path = path
        self._seen: tuple[str, int, int] | None = None

    def open(self, path: str, file: File) -> Any:
        """The VTK reader, set to read the file at `path`. Raises StageError, or what `file`
        does of a file that this one names."""
        seen = _state_of(path)
        if seen is None or seen != self._seen or self._path.references is not names_nothing:
            check_file(path, self.algorithm, self._path.extensions[0])
            check_references(path, self._path.references, REFERENCES, file)
            self.algorithm.SetFileName(path)
            self.algorithm.Modified()  # the file may have changed where its name has not
            self._seen = seen
        return self.algorithm


def _state_of(path: str) -> tuple[str, int, int] | None:
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return None
    return path, status.st_mtime_ns, status.st_size


class ReaderStage(Stage):
    """A file, or a series of files: the first is there from time 0, the next from time 1..."""

    def __init__(self, curated: CuratedType, path: FilePath) -> None:
        self._path = path
        self._file: File = str
        self._now = ""
        self._series = FileSeries(lambda part: self._open(part.file))
        self._alone = False
        self._readers = self._make_readers(curated)
        super().__init__(curated, self._series)

    @staticmethod
    def _make_readers(curated: CuratedType) -> dict[str, FileReader]:
        """By extension; under "", what takes any other."""
        assert curated.path is not None
        return {"": FileReader(curated, curated.path)}

    @property
    def algorithms(self) -> Sequence[Any]:
        readers = [reader.algorithm for reader in self._readers.values()]
        return readers if self._alone else [*readers, self._series]

    @property
    def all_algorithms(self) -> Sequence[Any]:
        return [*(reader.algorithm for reader in self._readers.values()), self._series]

    @property
    def timed(self) -> bool:
        # A step whose file can't be read must not keep the others from being shown.
        return len(self._series.steps) > 1 or super().timed

    def explain(self, problem: str) -> str:
        return f"{self._now}: {problem}"

    def set_up(self, settings: Settings) -> None:
        self._file = settings.file
        steps = tuple(self._steps(settings))
        now = step_at(steps, settings.time)
        self._alone = len(steps) == 1 and self._path.several  # with the times that it has itself
        self._series.set_up(steps, now)
        for part in now.parts:
            self._open(part.file)

    def _steps(self, settings: Settings) -> Iterable[Step]:
        """What there is to read, one step at least. Raises StageError."""
        names = settings.elements(self._path.name) or ("",)
        return (Step(float(number), (Part(name),)) for number, name in enumerate(names))

    def _open(self, name: str) -> Any:
        """The VTK reader, set to read a file. Raises StageError, or what the host does."""
        self._now = self._file(name) if name and "\0" not in name else name
        reader = self._readers.get(Path(name).suffix[1:].lower()) or self._readers.get("")
        if reader is None:
            raise StageError(f"{name}: is of no format that can be read here")
        return reader.open(self._now, self._file)


class CollectionStage(ReaderStage):
    """The files that a collection (.pvd) names: one for each part of each time step."""

    @staticmethod
    def _make_readers(curated: CuratedType) -> dict[str, FileReader]:
        return {
            extension: FileReader(reader, reader.path)
            for reader in READERS
            if reader.vtk and reader.path
            for extension in reader.path.extensions
        }

    def _steps(self, settings: Settings) -> Iterable[Step]:
        name = settings.plain(self._path.name, "")
        self._now = settings.file(name) if name and "\0" not in name else name
        check_file(self._now, None, self._path.extensions[0])
        return steps_of(Path(self._now))


def reader_stage(curated: CuratedType, path: FilePath) -> ReaderStage:
    """A new stage for a reader. What has no VTK class of its own is a collection."""
    return ReaderStage(curated, path) if curated.vtk else CollectionStage(curated, path)
