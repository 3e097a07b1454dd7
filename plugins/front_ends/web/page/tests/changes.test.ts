/** What was changed, or would be, in words; and going back. */

import { create, toBinary } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'

import { bytesOf, idKey, textKey } from '@/core/bytes'
import { changedSince, proposedLines } from '@/core/changes'
import type { Mirror } from '@/core/mirror'
import { Past } from '@/core/past'
import { seenAt } from '@/core/pinning'
import { drafted, withMore } from '@/core/proposing'
import { make, register, remove, set } from '@/core/showing'
import { STANDARD } from '@/core/cameras'
import { undosTo, whyNotUndoTo } from '@/core/undoing'
import { doubles, inputs, named, strings, type Value } from '@/core/values'
import {
  ChangeSchema,
  EventKind,
  EventSchema,
  HistoryRowSchema,
  OperationSchema,
  ProposalRowSchema,
  ProxyRowSchema,
  SetValueSchema,
  Table,
} from '@/generated/collab_proto/v1/session_pb'
import { ValueSchema } from '@/generated/collab_proto/v1/values_pb'

import { mirrorOf, put } from './session'

const BALL = 77n
const NEW = (1n << 32n) + 9n

function withBall(radius = 0.5): Mirror {
  const mirror = mirrorOf([{}, {}], 1n)
  const row = create(ProxyRowSchema, { group: 'sources', type: 'SphereSource', name: 'Ball' })
  put(mirror, Table.PROXIES, bytesOf(idKey(BALL)), toBinary(ProxyRowSchema, row))
  setRadius(mirror, radius)
  return mirror
}

function setRadius(mirror: Mirror, radius: number): void {
  put(mirror, Table.VALUES, bytesOf(idKey(BALL) + textKey('Radius')), toBinary(ValueSchema, doubles(radius)))
}

const change = (property: string, before: Value | undefined, after: Value | undefined) =>
  create(SetValueSchema, { proxy: BALL, property, before, after })

describe('a proposal', () => {
  it('says what is there and what comes in its place', () => {
    const { state } = withBall()
    const operations = [set(BALL, named('Radius', doubles(0.8))), register(BALL, 'Globe'), remove(BALL)]
    const row = create(ProposalRowSchema, { operations: operations.map((o) => create(OperationSchema, o)) })
    expect(proposedLines(state, row)).toEqual([
      { what: 'Radius of Ball', before: '0.5', after: '0.8' },
      { what: 'Name', before: 'Ball', after: 'Globe' },
      { what: 'Delete Ball' },
    ])
  })

  it('says what the author saw, whatever is there now', () => {
    const { state } = withBall(0.7)
    const row = create(ProposalRowSchema, {
      operations: [create(OperationSchema, set(BALL, named('Radius', doubles(0.8))))],
      replaces: [change('Radius', doubles(0.5), doubles(0.8))],
    })
    expect(proposedLines(state, row)).toEqual([{ what: 'Radius of Ball', before: '0.5', after: '0.8' }])
    expect(changedSince(state, row)).toEqual([{ what: 'Radius of Ball', before: '0.5', after: '0.7' }])
    expect(changedSince(withBall(0.5).state, row)).toEqual([])
  })

  it('calls what it would make by its name', () => {
    const { state } = withBall()
    const operations = [
      make(NEW, 'filters', 'ShrinkFilter', [named('Input', inputs({ proxy: BALL, port: 0 }))]),
      make(NEW + 1n, 'representations', 'GeometryRepresentation', [named('Input', inputs({ proxy: NEW, port: 0 }))]),
    ]
    const row = create(ProposalRowSchema, { operations: operations.map((o) => create(OperationSchema, o)) })
    expect(proposedLines(state, row)).toEqual([
      { what: 'Create Shrink Filter of Ball' },
      { what: 'Show Shrink Filter' },
    ])
  })

  it('in the making sets a value once, to the last', () => {
    const first = withMore([], [set(BALL, named('Radius', doubles(1)), named('Name', strings('x')))])
    const second = withMore(first, [set(BALL, named('Radius', doubles(2)))])
    expect(drafted(second, BALL, 'Radius')?.doubles).toEqual([2])
    expect(drafted(second, BALL, 'Name')?.strings).toEqual(['x'])
    expect(withMore(withMore([], [set(BALL, named('Radius', doubles(1)))]), [set(BALL, named('Radius', doubles(2)))])).toHaveLength(1)
    expect(drafted(second, NEW, 'Radius')).toBeUndefined()
  })
})

describe('the past', () => {
  const history = (key: bigint, after = true) => {
    const row = toBinary(HistoryRowSchema, create(HistoryRowSchema, { label: 'x' }))
    return create(ChangeSchema, {
      kind: { case: 'put', value: { table: Table.HISTORY, key: bytesOf(idKey(key)), ...(after ? { after: row } : { before: row }) } },
    })
  }
  const event = (changes: ReturnType<typeof history>[], kind = EventKind.EDIT) => create(EventSchema, { kind, changes })
  const radius = (before: number, after: number) =>
    create(ChangeSchema, { kind: { case: 'setValue', value: change('Radius', doubles(before), doubles(after)) } })

  it('has a drag as one change, from where it began to where it ended', () => {
    const { state } = withBall()
    const past = new Past()
    past.note(event([radius(0.5, 0.6), history(5n)]), state)
    past.note(event([radius(0.6, 0.9), history(5n)]), state)
    expect(past.lines(5n, state)).toEqual([{ what: 'Radius of Ball', before: '0.5', after: '0.9' }])
    expect(past.lines(4n, state)).toBeUndefined()
  })

  it('is not changed by undoing, and forgets what fell off the history', () => {
    const { state } = withBall()
    const past = new Past()
    past.note(event([radius(0.5, 0.6), history(5n)]), state)
    past.note(event([radius(0.6, 0.5), history(5n)], EventKind.UNDO), state)
    expect(past.lines(5n, state)).toEqual([{ what: 'Radius of Ball', before: '0.5', after: '0.6' }])
    past.note(event([history(5n, false)]), state)
    expect(past.lines(5n, state)).toBeUndefined()
  })

  it('says what was deleted by the name that it had', () => {
    const mirror = withBall()
    const before = toBinary(ProxyRowSchema, mirror.state.proxy(BALL)!)
    put(mirror, Table.PROXIES, bytesOf(idKey(BALL)), undefined)
    const gone = create(ChangeSchema, {
      kind: { case: 'put', value: { table: Table.PROXIES, key: bytesOf(idKey(BALL)), before } },
    })
    const past = new Past()
    past.note(event([gone, history(6n)]), mirror.state)
    expect(past.lines(6n, mirror.state)).toEqual([{ what: 'Delete Ball' }])
  })
})

describe('going back', () => {
  const rows = (...undone: bigint[]) => undone.map((undoneAt, at): [bigint, { undoneAt: bigint }] => [BigInt(at + 1), { undoneAt }])

  it('undoes what stands after an entry, the newest first', () => {
    expect(undosTo(rows(0n, 0n, 0n, 9n), 1n)).toEqual([3n, 2n])
    expect(undosTo(rows(0n, 0n), 0n)).toEqual([2n, 1n])
  })

  it('says why it can’t', () => {
    expect(whyNotUndoTo(rows(0n, 9n), 1n)).toContain('Nothing stands')
    expect(whyNotUndoTo(rows(0n, 9n), 2n)).toContain('undone itself')
    expect(whyNotUndoTo(rows(0n, 0n), 1n)).toBe('')
  })
})

describe('a place in the world', () => {
  it('is seen in the middle where one looks at it, and at the edge where the view ends', () => {
    const camera = { ...STANDARD, position: [0, 0, 2] as const, viewAngle: 90 }
    expect(seenAt(camera, 2, [0, 0, 0])).toEqual({ x: 0.5, y: 0.5, depth: 2 })
    const edge = seenAt(camera, 2, [4, 2, 0])
    expect([edge?.x, edge?.y]).toEqual([expect.closeTo(1, 9), expect.closeTo(1, 9)])
  })

  it('is not seen behind the eye, unless the lines of sight are parallel', () => {
    expect(seenAt({ ...STANDARD, position: [0, 0, 2] }, 1, [0, 0, 3])).toBeUndefined()
    const flat = { ...STANDARD, position: [0, 0, 2] as const, parallelProjection: true, parallelScale: 2 }
    expect(seenAt(flat, 1, [1, -1, 3])).toMatchObject({ x: 0.75, y: 0.25 })
  })
})
