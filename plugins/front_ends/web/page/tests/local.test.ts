import { create } from '@bufbuild/protobuf'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { STANDARD } from '@/core/cameras'
import type { Answered, QueryKind } from '@/core/questions'
import { CollabError } from '@/core/failures'
import { type DescribeScene, DescribeSceneSchema } from '@/generated/collab_proto/v1/wire_pb'
import type { Scene } from '@/generated/collab_proto/v1/scene_pb'
import { Geometries } from '@/view/geometries'
import { AUTOMATIC_BYTES, LATE_AFTER_MS, Local, type Painting, type Stage } from '@/view/local'

import { named, sceneBytes, SURFACE } from './contents'

const VIEW = 7n
const CONTENT = new Uint8Array(40)

interface Asked {
  readonly what: QueryKind['case']
  readonly query: DescribeScene
  answer(data: Uint8Array<ArrayBuffer>): Promise<void>
  fail(code: string, text?: string): Promise<void>
}

class FakePainting implements Painting {
  shown: Scene[] = []
  closed = false
  show(scene: Scene, contents: (name: string) => Uint8Array<ArrayBuffer>): void {
    for (const { geometry } of scene.surfaces) {
      const name = Array.from(geometry!.sha256, (byte) => byte.toString(16).padStart(2, '0')).join('')
      if (contents(name).length !== Number(geometry!.sizeBytes)) throw new CollabError('protocol.remote', 'not all is here')
    }
    this.shown.push(scene)
  }
  draw() {
    return {} as ImageBitmap
  }
  close(): void {
    this.closed = true
  }
}

class FakeStage implements Stage {
  asked: Asked[] = []
  changes = 0
  painting = new FakePainting()
  lost = () => {}
  missing = ''
  ask(kind: QueryKind) {
    let resolve!: (answered: Answered) => void
    let reject!: (error: CollabError) => void
    const answer = new Promise<Answered>((yes, no) => {
      resolve = yes
      reject = no
    })
    const settle = () => vi.advanceTimersByTimeAsync(0)
    this.asked.push({
      what: kind.case,
      query: create(DescribeSceneSchema, kind.case === 'describeScene' ? (kind.value as DescribeScene) : {}),
      answer: async (data) => {
        resolve({ head: undefined, data, revision: 1n })
        await settle()
      },
      fail: async (code, text = code) => {
        reject(new CollabError(code, text))
        await settle()
      },
    })
    return { answer, cancel: () => reject(new CollabError('renderer.cancelled', '')) }
  }
  whyNot() {
    return this.missing
  }
  load(lost: () => void): Promise<Painting> {
    this.lost = lost
    return Promise.resolve(this.painting)
  }
  changed(): void {
    this.changes++
  }
  /** The only question that is not answered yet. */
  get last(): Asked {
    return this.asked.at(-1)!
  }
}

let stage: FakeStage
let geometries: Geometries
let local: Local
beforeEach(() => {
  vi.useFakeTimers()
  stage = new FakeStage()
  geometries = new Geometries()
  local = new Local(stage, geometries)
  local.choose('automatic')
  local.look(VIEW)
})
afterEach(() => {
  vi.useRealTimers()
})

async function drawn(): Promise<void> {
  await stage.last.answer(sceneBytes())
  await stage.last.answer(CONTENT)
}

describe('a view', () => {
  it('is drawn here once all is there, and not before', async () => {
    expect(stage.last.query).toMatchObject({ view: VIEW, maxBytes: BigInt(AUTOMATIC_BYTES) })
    await stage.last.answer(sceneBytes())
    expect(local.here).toBe(false)
    expect(local.draw(STANDARD, 9, 9)).toBeUndefined()
    await stage.last.answer(CONTENT)
    expect(local.standing).toEqual({ kind: 'here', bytes: 40 })
    expect(local.draw(STANDARD, 9, 9)).toBeDefined()
  })

  it('asks nothing while the camera moves', async () => {
    await drawn()
    const before = stage.asked.length
    for (let i = 0; i < 9; i++) local.draw({ ...STANDARD, viewAngle: i + 1 }, 9, 9)
    expect(stage.asked.length).toBe(before)
  })

  it('fetches only what it has not got, and draws what it had meanwhile', async () => {
    await drawn()
    local.changed()
    const other = { ...SURFACE, geometry: named(2, 40) }
    await stage.last.answer(sceneBytes({ surfaces: [SURFACE, other] }))
    expect(stage.asked.map(({ what }) => what)).toEqual(['describeScene', 'fetchGeometry', 'describeScene', 'fetchGeometry'])
    expect(local.here).toBe(true)
    expect(stage.painting.shown.length).toBe(1)
    await stage.last.answer(CONTENT)
    expect(stage.painting.shown.length).toBe(2)
  })

  it('is described once more, however often it changes meanwhile', async () => {
    for (let i = 0; i < 5; i++) local.changed()
    expect(stage.asked.length).toBe(1)
    await drawn()
    expect(stage.asked.map(({ what }) => what)).toEqual(['describeScene', 'fetchGeometry', 'describeScene'])
  })

  it('is drawn by the server while what has changed takes long', async () => {
    await drawn()
    local.changed()
    await vi.advanceTimersByTimeAsync(LATE_AFTER_MS - 1)
    expect(local.here).toBe(true)
    await vi.advanceTimersByTimeAsync(1)
    expect(local.standing).toMatchObject({ kind: 'server', why: expect.stringContaining('on its way') as string })
    local.changed()
    await stage.last.answer(sceneBytes())
    expect(local.here).toBe(false) // it has changed again
    await stage.last.answer(sceneBytes())
    expect(local.here).toBe(true)
  })

  it.each([
    [{ reason: 'Wavelet1: a volume of cells’ values' }, 'Wavelet1: a volume of cells’ values'],
    [{ reason: 'large', sizeBytes: 50n * 1024n * 1024n }, '50.0 MB of geometry: more than 20 MB'],
  ])('stays with the server, which says why', async (lack, why) => {
    await stage.last.answer(sceneBytes({ lacks: [lack] }))
    expect(local.standing).toEqual({ kind: 'server', why })
    expect(stage.asked.length).toBe(1)
  })

  it('stays with the server where nothing can be drawn here, and nothing is asked for that', () => {
    stage.missing = 'no WebGL'
    local.look(8n)
    expect(local.standing).toEqual({ kind: 'server', why: 'no WebGL' })
    local.changed()
    expect(stage.asked.length).toBe(1) // for the view before
  })

  it('goes back to the server when the graphics card is taken away', async () => {
    await drawn()
    stage.lost()
    expect(stage.painting.closed).toBe(true)
    expect(local.standing).toMatchObject({ kind: 'server', why: expect.stringContaining('failed') as string })
    local.changed()
    expect(stage.asked.length).toBe(2)
  })

  it.each(['show', 'draw'] as const)('goes back to the server where its graphics fail to %s', async (what) => {
    stage.painting[what] = () => {
      throw new TypeError('there is no shader')
    }
    await drawn()
    local.draw(STANDARD, 9, 9)
    expect(local.standing).toEqual({ kind: 'server', why: 'there is no shader' })
    local.look(8n)
    expect(local.standing.kind).toBe('server')
  })

  it('is described anew when a content is gone already, but not for ever', async () => {
    for (let i = 0; i < 3; i++) {
      await stage.last.answer(sceneBytes())
      await stage.last.fail('refused.unknown_blob', 'gone')
    }
    expect(local.standing).toEqual({ kind: 'server', why: 'gone' })
    expect(stage.asked.length).toBe(6)
  })

  it('is not drawn of what is not what the scene says', async () => {
    await stage.last.answer(sceneBytes())
    await stage.last.answer(new Uint8Array(39))
    expect(local.standing).toMatchObject({ kind: 'server', why: 'a content is not what the scene says' })
    expect(geometries.bytes).toBe(0)
  })
})

describe('who draws', () => {
  it('is chosen, and then nothing is asked for', async () => {
    await drawn()
    local.choose('server')
    expect(local.standing).toEqual({ kind: 'server', why: '' })
    local.changed()
    expect(stage.asked.length).toBe(2)
    local.choose('here')
    expect(stage.last.query.maxBytes).toBe(0n)
    await stage.last.answer(sceneBytes())
    expect(local.here).toBe(true)
  })

  it('forgets what was on its way for another view', async () => {
    const [first] = stage.asked
    local.look(8n)
    await first!.answer(sceneBytes())
    expect(stage.last.query.view).toBe(8n)
    expect(stage.asked.map(({ what }) => what)).toEqual(['describeScene', 'describeScene'])
    await drawn()
    expect(local.here).toBe(true)
  })

  it('gives the graphics card back at the end', async () => {
    await drawn()
    local.close()
    expect(stage.painting.closed).toBe(true)
  })
})

describe('contents', () => {
  it('that were not used for longest go when there is no room', () => {
    const kept = new Geometries(20)
    kept.put('a', new Uint8Array(10))
    kept.put('b', new Uint8Array(10))
    kept.get('a')
    kept.put('c', new Uint8Array(10))
    expect([kept.get('a'), kept.get('b')].map(Boolean)).toEqual([true, false])
    expect(kept.bytes).toBe(20)
  })
})
