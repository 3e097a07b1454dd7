"""What every renderer keeps, as tests: subclass it in two lines.

    class TestPencil(RendererContract):
        spec = PENCIL

The renderer runs in this process, without a server, on a session of a few proxies.
"""

from __future__ import annotations

from .catalogue_clauses import CatalogueClauses
from .execution_clauses import ExecutionClauses
from .permission_clauses import PermissionClauses
from .pick_clauses import PickClauses
from .picture_clauses import PictureClauses
from .row_clauses import RowClauses
from .scene_clauses import SceneClauses
from .time_clauses import TimeClauses


class RendererContract(
    CatalogueClauses,
    ExecutionClauses,
    PictureClauses,
    PickClauses,
    RowClauses,
    SceneClauses,
    PermissionClauses,
    TimeClauses,
):
    """spec: what the hook offers.

    source: a type that needs no input and no file; by default the catalogue's first.
    view, representation: of the types that ParaView gives these names.
    failing: a type and values that fail; by default a type that the renderer lacks.
    timed: a type and values whose output depends on time, seen in its bounds, arrays or counts.
    lasting: a type and values whose work can be given up.
    formats: the picture formats that it has; each other one it refuses.
    reads_files: whether types with file extensions open files; fetches: whether it answers
    FetchData; saves: the extension of a file that it writes for SaveData, "" if it writes none.
    picks: whether it answers Pick and SelectOn; lists_rows: whether it answers FetchRows;
    describes: whether it answers DescribeScene and FetchGeometry.
    entry_module: the plugin's entry module; libraries: what importing it must not load.
    """
