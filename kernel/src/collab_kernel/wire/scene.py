"""Scenes, to protobuf and back."""

from __future__ import annotations

from collections.abc import Sequence

from collab_kernel.core.scene import (
    Colour,
    ColourTable,
    Scene,
    SceneBar,
    SceneContent,
    SceneLack,
    SceneLight,
    SceneLook,
    SceneSurface,
    SceneVolume,
)
from collab_kernel.errors import RemoteProtocolError
from collab_kernel.wire.rows import refusing_garbage
from collab_proto.v1 import scene_pb2 as pb


def encode_scene(scene: Scene) -> bytes:
    m = pb.Scene(orientation_axes=scene.orientation_axes)
    for surface in scene.surfaces:
        _fill_surface(m.surfaces.add(), surface)
    for volume in scene.volumes:
        v = m.volumes.add(
            representation=volume.representation,
            opacities=volume.opacities,
            unit_distance=volume.unit_distance,
            sample_distance=volume.sample_distance,
            matrix=volume.matrix,
        )
        _fill_content(v.image, volume.image)
        _fill_table(v.table, volume.table)
    for bar in scene.bars:
        b = m.bars.add(
            representation=bar.representation,
            title=bar.title,
            vertical=bar.vertical,
            location=bar.location,
            position=bar.position,
            length=bar.length,
            thickness=bar.thickness,
            labels=bar.labels,
        )
        _fill_table(b.table, bar.table)
    for colour in scene.background:
        m.background.extend(colour)
    for light in scene.lights:
        m.lights.add(direction=light.direction, colour=light.colour)
    for lack in scene.lacks:
        m.lacks.add(
            representation=lack.representation, reason=lack.reason, size_bytes=lack.size_bytes
        )
    return m.SerializeToString()


def _fill_content(m: pb.SceneContent, content: SceneContent) -> None:
    m.sha256, m.size_bytes = content.sha256, content.size_bytes


def _fill_table(m: pb.ColourTable, table: ColourTable) -> None:
    m.low, m.high, m.logarithmic = table.low, table.high, table.logarithmic
    m.rgba, m.nan, m.below, m.above = table.rgba, table.nan, table.below, table.above


def _fill_surface(m: pb.SceneSurface, surface: SceneSurface) -> None:
    m.representation, m.of_cells = surface.representation, surface.of_cells
    m.in_front = surface.in_front
    m.matrix.extend(surface.matrix)
    _fill_content(m.geometry, surface.geometry)
    if surface.scalars is not None:
        _fill_content(m.scalars, surface.scalars)
    if surface.table is not None:
        _fill_table(m.table, surface.table)
    look = surface.look
    m.look.style, m.look.opacity = look.style, look.opacity
    m.look.colour.extend(look.colour)
    m.look.edge_colour.extend(look.edge_colour)
    m.look.line_width, m.look.point_size = look.line_width, look.point_size
    m.look.lit, m.look.smooth = look.lit, look.smooth
    m.look.ambient, m.look.diffuse = look.ambient, look.diffuse
    m.look.specular, m.look.specular_power = look.specular, look.specular_power


def decode_scene(data: bytes) -> Scene:
    """Raises RemoteProtocolError."""
    with refusing_garbage():
        m = pb.Scene.FromString(data)
        return Scene(
            tuple(map(_read_surface, m.surfaces)),
            tuple(
                SceneVolume(
                    v.representation,
                    _read_content(v.image),
                    _read_table(v.table),
                    tuple(v.opacities),
                    v.unit_distance,
                    v.sample_distance,
                    tuple(v.matrix),
                )
                for v in m.volumes
            ),
            tuple(map(_read_bar, m.bars)),
            tuple(_three(m.background[i : i + 3]) for i in range(0, len(m.background), 3)),
            tuple(SceneLight(_three(n.direction), _three(n.colour)) for n in m.lights),
            m.orientation_axes,
            tuple(SceneLack(n.representation, n.reason, n.size_bytes) for n in m.lacks),
        )


def _three(numbers: Sequence[float]) -> Colour:
    if len(numbers) != 3:
        raise RemoteProtocolError("a colour and a direction have three numbers each")
    x, y, z = numbers
    return (x, y, z)


def _read_content(m: pb.SceneContent) -> SceneContent:
    return SceneContent(m.sha256, m.size_bytes)


def _read_table(m: pb.ColourTable) -> ColourTable:
    return ColourTable(m.low, m.high, m.rgba, m.nan, m.below, m.above, m.logarithmic)


def _read_surface(m: pb.SceneSurface) -> SceneSurface:
    look = m.look
    return SceneSurface(
        m.representation,
        _read_content(m.geometry),
        _read_content(m.scalars) if m.HasField("scalars") else None,
        m.of_cells,
        _read_table(m.table) if m.HasField("table") else None,
        SceneLook(
            look.style,
            _three(look.colour),
            _three(look.edge_colour),
            look.opacity,
            look.line_width,
            look.point_size,
            look.lit,
            look.smooth,
            look.ambient,
            look.diffuse,
            look.specular,
            look.specular_power,
        ),
        tuple(m.matrix),
        m.in_front,
    )


def _read_bar(m: pb.ScalarBar) -> SceneBar:
    if len(m.position) != 2:
        raise RemoteProtocolError("a scalar bar's position has two numbers")
    return SceneBar(
        m.representation,
        _read_table(m.table),
        m.title,
        m.vertical,
        m.location,
        (m.position[0], m.position[1]),
        m.length,
        m.thickness,
        m.labels,
    )
