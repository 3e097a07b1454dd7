import { create } from '@bufbuild/protobuf'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import { STANDARD } from '@/core/cameras'
import { CollabError } from '@/core/failures'
import type { Picture, Watcher } from '@/core/watched'
import { FrameHeadSchema } from '@/generated/collab_proto/v1/wire_pb'
import type { Decoder, Image } from '@/view/decoding'
import { type Frame, Frames, type Stage } from '@/view/frames'

/** Decodes when it is told to. */
class FakeDecoder implements Decoder {
  formats: readonly string[] = ['better', 'jpeg']
  readonly waiting: ((image: Image) => void)[] = []
  readonly failing: (() => void)[] = []
  readonly closed: number[] = []
  resets = 0

  decode(): Promise<Image> {
    return new Promise((resolve, reject) => {
      this.waiting.push(resolve)
      this.failing.push(() => {
        reject(new Error('garbage'))
      })
    })
  }
  gaveUp(format: string): void {
    this.formats = this.formats.filter((other) => other !== format)
  }
  reset(): void {
    this.resets++
  }
}

class FakeStage implements Stage {
  readonly decoder = new FakeDecoder()
  readonly began: { view: bigint; formats: readonly string[]; watcher: Watcher }[] = []
  readonly ended: bigint[] = []
  readonly shown: bigint[] = []
  readonly drawn: Frame[] = []
  readonly failures: string[] = []
  readonly asked: unknown[] = []
  pushing = true
  broken = false
  readonly watched = {
    begin: (view: bigint, formats: readonly string[], watcher: Watcher) => {
      this.began.push({ view, formats, watcher })
    },
    end: (view: bigint) => {
      this.ended.push(view)
    },
    shown: (_: bigint, serial: bigint) => {
      this.shown.push(serial)
    },
  }

  pushes(): boolean {
    return this.pushing
  }
  ask(query: unknown) {
    this.asked.push(query)
    return { answer: new Promise<never>(() => undefined), cancel: () => undefined }
  }
  now(): number {
    return 0
  }
  draw(frame: Frame): void {
    if (this.broken) throw new Error('there is no canvas')
    this.drawn.push(frame)
  }
  failed({ code }: CollabError): void {
    this.failures.push(code)
  }

  come(serial: bigint, key = true, still = false, format = 'jpeg'): void {
    const head = create(FrameHeadSchema, { format, width: 64, height: 48, key, still, revision: serial })
    const picture: Picture = { serial, head, data: Uint8Array.of(0xff) }
    this.began.at(-1)!.watcher.picture(picture)
  }
  async decoded(): Promise<void> {
    await vi.waitFor(() => {
      expect(this.decoder.waiting.length).toBeGreaterThan(0)
    })
    const close = vi.fn()
    this.decoder.waiting.shift()!({ close } as unknown as Image)
    this.decoder.failing.shift()
    await vi.waitFor(() => {
      expect(close).toHaveBeenCalledOnce()
    })
  }
}

const wish = (view = 7n) => ({ view, camera: STANDARD, width: 64, height: 48 })

let stage: FakeStage
let frames: Frames
beforeEach(() => {
  stage = new FakeStage()
  frames = new Frames(stage)
})

describe('pictures that come by themselves', () => {
  it('are asked for once, however often one looks', () => {
    frames.want(wish(), false)
    frames.want(wish(), true)
    expect(stage.began.map(({ view }) => view)).toEqual([7n])
    expect(stage.asked).toEqual([])
  })

  it('are asked for one by one where the server sends none', () => {
    stage.pushing = false
    frames.want(wish(), false)
    expect(stage.began).toEqual([])
    expect(stage.asked.length).toBe(1)
  })

  it('are acknowledged when they are shown', async () => {
    frames.want(wish(), false)
    stage.come(1n, true, true)
    expect(stage.shown).toEqual([])
    await stage.decoded()
    expect(stage.shown).toEqual([1n])
    expect(stage.drawn.map(({ full, width, revision }) => [full, width, revision])).toEqual([[true, 64, 1n]])
  })

  it('are left out where a newer one is here already', async () => {
    frames.want(wish(), false)
    stage.come(1n)
    stage.come(2n)
    stage.come(3n)
    await stage.decoded()
    await stage.decoded()
    expect(stage.drawn.map(({ revision }) => revision)).toEqual([1n, 3n])
    expect(stage.shown).toEqual([1n, 2n, 3n])
  })

  it('are all decoded where one is made from the one before', async () => {
    frames.want(wish(), false)
    for (const serial of [1n, 2n, 3n]) stage.come(serial, false)
    for (let i = 0; i < 3; i++) await stage.decoded()
    expect(stage.drawn.length).toBe(3)
  })

  it('are all decoded of a film, also where a whole one of another kind is here already', async () => {
    frames.want(wish(), false)
    stage.come(1n, true, false, 'h264')
    stage.come(2n, false, false, 'h264')
    stage.come(3n, true, true, 'jpeg')
    stage.come(4n, false, false, 'h264')
    await stage.decoded()
    await stage.decoded()
    expect(stage.drawn.map(({ revision }) => revision)).toEqual([1n, 2n])
  })

  it('of a film are left out where it begins anew behind them', async () => {
    frames.want(wish(), false)
    stage.come(1n, true, false, 'h264')
    stage.come(2n, false, false, 'h264')
    stage.come(3n, true, false, 'h264')
    await stage.decoded()
    await stage.decoded()
    expect(stage.drawn.map(({ revision }) => revision)).toEqual([1n, 3n])
  })

  it('go on where one could not be drawn, which is told', async () => {
    frames.want(wish(), false)
    stage.broken = true
    stage.come(1n)
    await stage.decoded()
    stage.broken = false
    stage.come(2n)
    await stage.decoded()
    expect(stage.failures).toEqual(['renderer'])
    expect(stage.shown).toEqual([1n, 2n])
    expect(stage.drawn.map(({ revision }) => revision)).toEqual([2n])
  })

  it('that can not be decoded and come in no other format are told', async () => {
    stage.decoder.gaveUp = () => undefined
    frames.want(wish(), false)
    stage.come(1n)
    stage.decoder.failing.shift()!()
    await vi.waitFor(() => {
      expect(stage.shown).toEqual([1n])
    })
    expect(stage.failures).toEqual(['renderer'])
    expect(stage.began.length).toBe(1)
  })

  it('come in another format when one can not be decoded', async () => {
    frames.want(wish(), false)
    const head = create(FrameHeadSchema, { format: 'better', key: true })
    stage.began[0]!.watcher.picture({ serial: 5n, head, data: Uint8Array.of(1) })
    await vi.waitFor(() => {
      expect(stage.decoder.failing.length).toBe(1)
    })
    stage.decoder.failing.shift()!()
    await vi.waitFor(() => {
      expect(stage.began.length).toBe(2)
    })
    expect(stage.began[1]!.formats).toEqual(['jpeg'])
    expect(stage.shown).toEqual([5n])
    expect(stage.failures).toEqual([])
  })

  it('end when one looks no more, and what is on its way is not drawn', async () => {
    frames.want(wish(), false)
    stage.come(1n)
    frames.stop()
    expect(stage.ended).toEqual([7n])
    await stage.decoded()
    expect(stage.drawn).toEqual([])
    frames.want(wish(), false)
    expect(stage.began.length).toBe(2)
  })

  it('are of another view when one looks at that', () => {
    frames.want(wish(7n), false)
    frames.want(wish(8n), false)
    expect(stage.ended).toEqual([7n])
    expect(stage.began.map(({ view }) => view)).toEqual([7n, 8n])
  })

  it('do not come, and that is told', () => {
    frames.want(wish(), false)
    stage.began[0]!.watcher.failed(new CollabError('renderer.pipeline_failed', 'no'), false)
    expect(stage.failures).toEqual(['renderer.pipeline_failed'])
  })
})
