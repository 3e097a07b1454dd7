"""Values that change with time: cues, and the frames that are played."""

from __future__ import annotations

from collab_kernel.spi import EnumerationDomain, Kind, RangeDomain
from collab_renderer_vtk.curated.vocabulary import (
    CuratedType,
    choice,
    integer,
    number,
    plain,
    references,
    switch,
)

SCENE = ("animation", "AnimationScene")
CUE = ("animation", "KeyFrameAnimationCue")

NORMALIZED, RELATIVE = 0, 1
BOOLEAN, RAMP = 0, 1

_ANIMATED = (
    "sources",
    "filters",
    "extended_sources",
    "implicit_functions",
    "representations",
    "lookup_tables",
    "piecewise_functions",
    "views",
)

ANIMATION = (
    CuratedType(
        *SCENE,
        "Animation Scene",
        documentation="The frames that are played where the data has no time steps.",
        output_ports=0,
        properties=(
            number("StartTime", 0.0, documentation="The time of the first frame."),
            number("EndTime", 1.0, documentation="The time of the last frame."),
            integer(
                "NumberOfFrames",
                10,
                1,
                4096,
                documentation="At equal distances, both ends included.",
            ),
        ),
    ),
    CuratedType(
        *CUE,
        "Key Frame Animation Cue",
        documentation="Changes a value with time, as key frames say. The value that everybody "
        "shares stays: it is what is seen before the cue begins, and where the cue is off.",
        output_ports=0,
        properties=(
            references(
                "AnimatedProxy",
                tuple((group, "") for group in _ANIMATED),
                "Whose value changes.",
            ),
            plain("AnimatedPropertyName", Kind.STRING, "", documentation="Which value changes."),
            integer(
                "AnimatedElement",
                0,
                -1,
                documentation="Which of its elements, counted from 0; -1: all of them.",
            ),
            switch("Enabled", True, "Off: nothing changes."),
            number("StartTime", 0.0, documentation="When it begins."),
            number("EndTime", 1.0, documentation="When it ends; what it has led to stays."),
            choice(
                "TimeMode",
                NORMALIZED,
                ((NORMALIZED, "Normalized"), (RELATIVE, "Relative")),
                "Whether its start and end are parts of the scene's (0 to 1 where there is no "
                "scene), or times counted from the scene's start.",
            ),
            plain(
                "KeyTimes",
                Kind.DOUBLE,
                *(0.0, 1.0),
                elements=0,
                documentation="When each key frame is: 0 where the cue begins, 1 where it ends.",
                domains=(RangeDomain(0, 1),),
            ),
            plain(
                "KeyValues",
                Kind.DOUBLE,
                *(0.0, 1.0),
                elements=0,
                documentation="The value at each key frame; where all elements change, all of "
                "those of the first, then of the second, and so on.",
            ),
            plain(
                "Interpolations",
                Kind.INT,
                elements=0,
                documentation="How the value goes from each key frame to the next: Boolean stays "
                "until then, Ramp, which is what is missing here, goes in a straight line.",
                domains=(EnumerationDomain(((BOOLEAN, "Boolean"), (RAMP, "Ramp"))),),
            ),
        ),
    ),
)
