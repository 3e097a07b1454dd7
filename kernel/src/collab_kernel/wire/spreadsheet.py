"""The rows that a spreadsheet shows, to protobuf and back."""

from __future__ import annotations

from collab_kernel.core.spreadsheet import Block, Cells, Column, FetchRows, Rows
from collab_proto.v1 import wire_pb2 as pb


def fill_fetch_rows(message: pb.FetchRows, query: FetchRows) -> None:
    message.proxy, message.port, message.association = query.proxy, query.port, query.association
    message.block, message.first, message.count = query.block, query.first, query.count
    message.columns.extend(query.columns)
    message.sort_by, message.component = query.sort_by, query.component
    message.descending = query.descending


def read_fetch_rows(m: pb.FetchRows) -> FetchRows:
    return FetchRows(
        m.proxy,
        m.port,
        m.association,
        m.block,
        m.first,
        m.count,
        tuple(m.columns),
        m.sort_by,
        m.component,
        m.descending,
    )


def encode_table(rows: Rows) -> bytes:
    """A `Rows` message."""
    message = pb.Rows(total=rows.total, ids=rows.ids, names=rows.names, block=rows.block)
    for column in rows.columns:
        m = message.columns.add(name=column.name, type=column.type, components=column.components)
        for cell in column.cells:  # all are of one kind
            if isinstance(cell, str):
                m.texts.append(cell)
            elif isinstance(cell, int):
                m.integers.append(cell)
            else:
                m.numbers.append(cell)
    for block in rows.blocks:
        message.blocks.add(index=block.index, name=block.name, rows=block.rows)
    return message.SerializeToString()


def decode_table(data: bytes) -> Rows:
    m = pb.Rows.FromString(data)
    columns = tuple(Column(c.name, c.type, c.components, _cells(c)) for c in m.columns)
    blocks = tuple(Block(b.index, b.name, b.rows) for b in m.blocks)
    return Rows(m.total, tuple(m.ids), columns, tuple(m.names), m.block, blocks)


def _cells(m: pb.Column) -> Cells:
    return tuple(m.texts) or tuple(m.integers) or tuple(m.numbers)
