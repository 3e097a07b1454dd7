import { create } from '@bufbuild/protobuf'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { STANDARD } from '@/core/cameras'
import type { Answered, QueryKind } from '@/core/questions'
import { CollabError } from '@/core/failures'
import { AnswerHeadSchema, type RenderImage } from '@/generated/collab_proto/v1/wire_pb'
import { type Pulled, Pulling, type Source } from '@/view/pulling'

interface Asked {
  readonly image: Pick<RenderImage, 'width' | 'height' | 'quality'>
  /** Of the camera: what tells one wish from another here. */
  readonly angle: number
  answer(): Promise<void>
  fail(code: string): Promise<void>
}

class FakeStage implements Source {
  readonly asked: Asked[] = []
  readonly drawn: Pulled[] = []
  readonly failures: string[] = []

  ask(query: QueryKind) {
    const image = query.value as RenderImage
    let resolve!: (answered: Answered) => void
    let reject!: (error: CollabError) => void
    const answer = new Promise<Answered>((yes, no) => {
      resolve = yes
      reject = no
    })
    const head = create(AnswerHeadSchema, { width: image.width, height: image.height })
    this.asked.push({
      image,
      angle: image.camera?.viewAngle ?? 0,
      answer: async () => {
        resolve({ head, data: Uint8Array.of(0xff), revision: 1n })
        await vi.advanceTimersByTimeAsync(0)
      },
      fail: async (code) => {
        reject(new CollabError(code, code))
        await vi.advanceTimersByTimeAsync(0)
      },
    })
    return { answer, cancel: () => reject(new CollabError('renderer.cancelled', '')) }
  }
  draw(frame: Pulled): Promise<void> {
    this.drawn.push(frame)
    return Promise.resolve()
  }
  failed({ code }: CollabError): void {
    this.failures.push(code)
  }
  now(): number {
    return Date.now()
  }
}

let stage: FakeStage
let frames: Pulling
beforeEach(() => {
  vi.useFakeTimers()
  stage = new FakeStage()
  frames = new Pulling(stage)
})
afterEach(() => {
  vi.useRealTimers()
})

const wish = (viewAngle = 30) => ({ view: 1n, camera: { ...STANDARD, viewAngle }, width: 800, height: 600 })

describe('pictures', () => {
  it('of what stands still are as large as the window', async () => {
    frames.want(wish(), false)
    await stage.asked[0]!.answer()
    expect(stage.asked[0]!.image).toMatchObject({ width: 800, height: 600 })
    expect(stage.drawn).toMatchObject([{ full: true, width: 800, height: 600 }])
  })

  it('of what moves are small and rougher, and one in full comes when it rests', async () => {
    frames.want(wish(), true)
    const [small] = stage.asked
    expect(small!.image).toMatchObject({ width: 400, height: 300 })
    await small!.answer()
    expect(stage.asked.length).toBe(1)
    await vi.advanceTimersByTimeAsync(200)
    const full = stage.asked[1]!.image
    expect(full).toMatchObject({ width: 800, height: 600 })
    expect(full.quality).toBeGreaterThan(small!.image.quality)
  })

  it('are asked for two at a time, and then the newest that is wanted', async () => {
    for (const angle of [10, 20, 30, 40, 50]) frames.want(wish(angle), true)
    expect(stage.asked.map(({ angle }) => angle)).toEqual([10, 20])
    await stage.asked[0]!.answer()
    expect(stage.asked.map(({ angle }) => angle)).toEqual([10, 20, 50])
  })

  it('never go back to an older one', async () => {
    frames.want(wish(10), true)
    frames.want(wish(20), true)
    await stage.asked[1]!.answer()
    await stage.asked[0]!.answer()
    expect(stage.drawn.length).toBe(1)
  })

  it('get smaller when they take long, and larger again when they don’t', async () => {
    frames.want(wish(), true)
    await vi.advanceTimersByTimeAsync(130)
    await stage.asked[0]!.answer()
    const slow = frames.scale
    expect(slow).toBeLessThan(0.5)
    await vi.advanceTimersByTimeAsync(500)
    frames.want(wish(40), true)
    await stage.asked.at(-1)!.answer()
    expect(frames.scale).toBeGreaterThan(slow)
  })

  it('that fail are told, and the next one is asked for all the same', async () => {
    frames.want(wish(10), false)
    await stage.asked[0]!.fail('renderer.pipeline_failed')
    expect(stage.failures).toEqual(['renderer.pipeline_failed'])
    await vi.advanceTimersByTimeAsync(1_000)
    frames.want(wish(20), false)
    await stage.asked[1]!.answer()
    expect(stage.drawn.length).toBe(1)
  })

  it('that nobody waits for any more are taken back without a word', async () => {
    frames.want(wish(), false)
    frames.stop()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(stage.failures).toEqual([])
    expect(stage.asked.length).toBe(1)
  })
})
