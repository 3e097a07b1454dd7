import { create, toBinary } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'

import { bytesOf, idKey, textKey } from '@/core/bytes'
import { Mirror } from '@/core/mirror'
import { digitsOf, indexAt, nearest, playable, Seeking, stepAfter, stepBefore, stepsOf, timeShown } from '@/core/timeline'
import { booleans, doubles, integers, type Value } from '@/core/values'
import { ProxyRowSchema, SnapshotRowSchema, Table, TimeRowSchema } from '@/generated/collab_proto/v1/session_pb'
import { ValueSchema } from '@/generated/collab_proto/v1/values_pb'
import { DerivedSchema } from '@/generated/collab_proto/v1/wire_pb'

type Given = Record<string, Value>

/** A session with these proxies of the group animation, by type. */
function sessionWith(animation: [string, Given][], playing?: number[]): Mirror {
  const mirror = new Mirror()
  const row = (table: Table, key: string, bytes: Uint8Array) =>
    create(SnapshotRowSchema, { table, key: bytesOf(key), row: bytes })
  const rows = animation.flatMap(([type, values], index) => {
    const id = BigInt(index + 1)
    const proxy = create(ProxyRowSchema, { group: 'animation', type, name: type })
    return [
      row(Table.PROXIES, idKey(id), toBinary(ProxyRowSchema, proxy)),
      ...Object.entries(values).map(([name, value]) =>
        row(Table.VALUES, idKey(id) + textKey(name), toBinary(ValueSchema, value)),
      ),
    ]
  })
  const time = create(TimeRowSchema, { time: 0.5, playing: !!playing, steps: playing ?? [] })
  rows.push(row(Table.TIME, '', toBinary(TimeRowSchema, time)))
  mirror.load(1n, rows)
  return mirror
}

const CUE: [string, Given] = ['KeyFrameAnimationCue', { Enabled: booleans(true) }]
const facts = (...ports: number[][]) =>
  new Map([[1n, create(DerivedSchema, { proxy: 1n, ports: ports.map((timeSteps) => ({ timeSteps })) })]])

describe('the steps that can be gone to', () => {
  it('are those of all data together', () => {
    expect(stepsOf(sessionWith([CUE]).state, facts([0, 2], [1, 2]))).toEqual([0, 1, 2])
  })

  it('are the frames of the animation where the data has none', () => {
    const scene: [string, Given] = [
      'AnimationScene',
      { StartTime: doubles(1), EndTime: doubles(2), NumberOfFrames: integers(3) },
    ]
    expect(stepsOf(sessionWith([CUE, scene]).state, facts([]))).toEqual([1, 1.5, 2])
    expect(stepsOf(sessionWith([CUE]).state, facts([]))).toHaveLength(10)
  })

  it('are none where nothing changes with time', () => {
    const off: [string, Given] = ['KeyFrameAnimationCue', { Enabled: booleans(false) }]
    expect(stepsOf(sessionWith([]).state, facts([], [3]))).toEqual([])
    expect(stepsOf(sessionWith([off]).state, facts())).toEqual([])
  })

  it('are those that are played, while somebody plays', () => {
    expect(stepsOf(sessionWith([], [4, 5]).state, facts([0, 1]))).toEqual([4, 5])
  })
})

it('the time is the row’s, and while it plays what the server shows', () => {
  const still = sessionWith([])
  const show = (mirror: Mirror) => {
    mirror.shown({ participant: 0n, proxy: 0n, serial: 1n, gone: false, values: [{ property: 'Time', value: doubles(7) }] } as never)
  }
  show(still)
  expect(timeShown(still.state, still.presence)).toBe(0.5)
  const playing = sessionWith([], [0, 7])
  expect(timeShown(playing.state, playing.presence)).toBe(0.5)
  show(playing)
  expect(timeShown(playing.state, playing.presence)).toBe(7)
})

it('one goes from step to step, and stays at the ends', () => {
  const steps = [0, 1, 2.5]
  expect([-1, 0, 0.9, 1, 9].map((time) => indexAt(steps, time))).toEqual([0, 0, 0, 1, 2])
  expect([-1, 0, 1.2, 2.5].map((time) => stepAfter(steps, time))).toEqual([0, 1, 2.5, 2.5])
  expect([0, 1.2, 9].map((time) => stepBefore(steps, time))).toEqual([0, 1, 2.5])
  expect([-3, 0.4, 0.6, 9].map((time) => nearest(steps, time))).toEqual([0, 0, 1, 2.5])
})

it('of more steps than can be played, the first and the last are', () => {
  const many = Array.from({ length: 10_000 }, (_, i) => i)
  const chosen = playable(many)
  expect(chosen).toHaveLength(4096)
  expect([chosen[0], chosen.at(-1)]).toEqual([0, 9999])
  expect(new Set(chosen).size).toBe(4096)
  expect(playable([1, 2])).toEqual([1, 2])
})

it('while a time is on its way only the newest one waits', async () => {
  const gone: number[] = []
  const refused: unknown[] = []
  const answers: ((ok: boolean) => void)[] = []
  const seeking = new Seeking(
    (time) =>
      new Promise((resolve, reject) => {
        gone.push(time)
        answers.push((ok) => {
          if (ok) resolve(undefined)
          else reject(new Error('no'))
        })
      }),
    (error) => refused.push(error),
  )
  for (const time of [1, 2, 3]) seeking.to(time)
  expect(gone).toEqual([1])
  answers[0]!(false)
  await Promise.resolve().then(() => Promise.resolve())
  expect(gone).toEqual([1, 3])
  expect(refused).toHaveLength(1)
})

it('steps are told from one another by as few digits as that takes', () => {
  expect(digitsOf([0, 1, 2])).toBe(4)
  expect(digitsOf([1000, 1000.001, 1000.002])).toBe(8)
  expect(digitsOf([0, 1e-9])).toBe(4)
  expect(digitsOf([1, 1 + 1e-15])).toBe(12)
  expect([digitsOf([]), digitsOf([5])]).toEqual([4, 4])
})
