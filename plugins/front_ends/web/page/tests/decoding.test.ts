import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { codecOf, Decoding } from '@/view/decoding'

const KEY = Uint8Array.of(0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x1f, 0x8c)
const LARGER = Uint8Array.of(0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x28, 0x8c)
const DELTA = Uint8Array.of(0, 0, 0, 1, 0x41, 0x9a)

/** What of WebCodecs is used here; puts out a picture for each chunk. */
class FakeVideoDecoder {
  static made: FakeVideoDecoder[] = []
  static fails = false
  state = 'unconfigured'
  codec = ''
  readonly chunks: string[] = []
  constructor(private readonly init: { output: (frame: VideoFrame) => void; error: (error: Error) => void }) {
    FakeVideoDecoder.made.push(this)
  }
  configure({ codec }: { codec: string }): void {
    this.codec = codec
    this.state = 'configured'
  }
  decode({ type }: { type: string }): void {
    this.chunks.push(type)
    if (FakeVideoDecoder.fails) this.init.error(new Error('garbage'))
    else this.init.output({ close: () => undefined } as unknown as VideoFrame)
  }
  close(): void {
    this.state = 'closed'
  }
}

beforeEach(() => {
  FakeVideoDecoder.made = []
  FakeVideoDecoder.fails = false
  vi.stubGlobal('VideoDecoder', FakeVideoDecoder)
  vi.stubGlobal('EncodedVideoChunk', class {
    type: string
    constructor(init: { type: string }) {
      this.type = init.type
    }
  })
})
afterEach(() => {
  vi.unstubAllGlobals()
})

describe('video', () => {
  it('is named as the browser wants it', () => {
    expect(codecOf(KEY)).toBe('avc1.42c01f')
  })

  it('is decoded by one decoder, as long as it is of one kind', async () => {
    const decoding = new Decoding()
    expect(decoding.formats[0]).toBe('h264')
    await decoding.decode('h264', KEY, true)
    await decoding.decode('h264', DELTA, false)
    await decoding.decode('h264', KEY, true)
    expect(FakeVideoDecoder.made.map(({ chunks }) => chunks)).toEqual([['key', 'delta', 'key']])
    await decoding.decode('h264', LARGER, true)
    expect(FakeVideoDecoder.made.map(({ codec, state }) => [codec, state])).toEqual([
      ['avc1.42c01f', 'closed'],
      ['avc1.42c028', 'configured'],
    ])
  })

  it('that has no beginning, or is garbage, is an error', async () => {
    const decoding = new Decoding()
    await expect(decoding.decode('h264', DELTA, false)).rejects.toThrow('first picture')
    FakeVideoDecoder.fails = true
    await expect(decoding.decode('h264', KEY, true)).rejects.toThrow('garbage')
  })

  it('that nobody wants any more is given up', async () => {
    vi.spyOn(FakeVideoDecoder.prototype, 'decode').mockImplementation(() => undefined)
    const decoding = new Decoding()
    const waiting = decoding.decode('h264', KEY, true)
    decoding.reset()
    await expect(waiting).rejects.toThrow('not needed')
    vi.restoreAllMocks()
  })

  it('is left out where it has failed, and where the browser has none', () => {
    const decoding = new Decoding()
    decoding.gaveUp('jpeg')
    expect(decoding.formats).toContain('h264')
    decoding.gaveUp('h264')
    expect(decoding.formats).toEqual(['jpeg', 'png'])
    vi.stubGlobal('VideoDecoder', undefined)
    expect(new Decoding().formats).toEqual(['jpeg', 'png'])
  })
})
