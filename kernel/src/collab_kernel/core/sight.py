"""What a participant sees of a view: with whose camera, and in a picture of which size."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt

from collab_kernel.core.cameras import camera_of, fitted, flattened, is_flat
from collab_kernel.core.commands import NamedValues
from collab_kernel.core.facts import Camera
from collab_kernel.core.presence import Presence, look
from collab_kernel.core.queries import MAX_IMAGE_SIDE_PX
from collab_kernel.core.state import State
from collab_kernel.core.values import SERVER, ParticipantId, ProxyId

MAX_WINDOW_PX = 3840 * 2160
"""Of a picture that is as large as somebody's window says."""

MIN_RATIO, MAX_RATIO = 0.1, 8.0

Size = tuple[int, int]
"""Width and height in pixels."""


@dataclass(frozen=True, slots=True)
class Sight:
    """How a view is seen. whose: the own values are this participant's, as it showed them with
    its presence of this serial (0: it showed none, and they are home values).

    Sights are equal where they look the same: who points somewhere raises the serial, too.

    camera: fitted to the window; None: the view has none.  own: of a view without a camera.
    wider: how much more than that participant one sees, at the sides or above and below.
    """

    whose: ParticipantId
    presence: int = field(compare=False)
    wider: float
    camera: Camera | None
    own: NamedValues


NOTHING = Sight(SERVER, 0, 1.0, None, ())


def sight(
    state: State,
    presence: Presence,
    whose: ParticipantId,
    view: ProxyId,
    size: Size,
    follows: bool,
) -> Sight:
    """How `view` is seen, in a picture of this size, by whoever sees it as `whose` does: the last
    in their chain, or themselves. follows: it is another's, of whose nothing is to be cut off.

    Raises UnknownProxyError.
    """
    shown = presence.shown.get((whose, view))
    serial = shown.serial if shown else 0
    values = look(state, presence, whose, view)
    if not state.definition(view).has("CameraPosition"):
        return Sight(whose, serial, 1.0, None, values)
    camera = camera_of(dict(values))
    if is_flat(state, view):
        camera = flattened(camera)
    width, height = _numbers(presence, whose, view, "ViewSize", (0.0, 0.0))
    if not follows or min(width, height) <= 0:
        return Sight(whose, serial, 1.0, camera, ())
    theirs, mine = width / height, size[0] / size[1]
    return Sight(whose, serial, max(1.0, theirs / mine), fitted(camera, theirs, mine), ())


def window(state: State, presence: Presence, participant: ParticipantId, view: ProxyId) -> Size:
    """The size of a picture for the participant's window: its ViewSize and PixelRatio.

    Raises UnknownProxyError.
    """
    home = state.value(view, "ViewSize")
    otherwise = tuple(float(e) for e in home.elements if isinstance(e, int)) if home else ()
    sides = otherwise if len(otherwise) == 2 else (1280.0, 720.0)
    width, height = _numbers(presence, participant, view, "ViewSize", sides)
    (ratio,) = _numbers(presence, participant, view, "PixelRatio", (1.0,))
    ratio = min(max(MIN_RATIO, ratio), MAX_RATIO)
    width, height = (min(max(1.0, side), MAX_IMAGE_SIDE_PX) * ratio for side in (width, height))
    return scaled((width, height), min(1.0, sqrt(MAX_WINDOW_PX / (width * height))))


def scaled(size: tuple[float, float], scale: float) -> Size:
    """A size made smaller or larger, within what a picture may have."""
    width, height = (min(max(1, round(side * scale)), MAX_IMAGE_SIDE_PX) for side in size)
    return width, height


def quality(presence: Presence, participant: ParticipantId, view: ProxyId) -> int:
    """How good its pictures shall be at most, 1 to 100; 0: as good as can be."""
    (wanted,) = _numbers(presence, participant, view, "Quality", (0.0,))
    return int(wanted)


def _numbers(
    presence: Presence,
    participant: ParticipantId,
    view: ProxyId,
    name: str,
    otherwise: tuple[float, ...],
) -> tuple[float, ...]:
    """What a participant shows of its window; as many numbers as there are otherwise."""
    shown = presence.shown.get((participant, view))
    value = dict(shown.values).get(name) if shown else None
    numbers = tuple(float(e) for e in value.elements if isinstance(e, int | float)) if value else ()
    return numbers if len(numbers) == len(otherwise) else otherwise
