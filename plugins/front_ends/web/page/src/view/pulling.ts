/** Asks for pictures, of a server that sends none by itself: the newest that is wanted, never more than
 * two on the way, small while it moves and full when it stands still. */

import { type Camera, toWire } from '@/core/cameras'
import { CollabError } from '@/core/failures'
import type { Ask } from '@/core/questions'

const MOST_IN_FLIGHT = 2
const STILL_AFTER_MS = 140
/** A moving picture that takes longer than this gets smaller, one that takes a third of it larger. */
const MOVING_TARGET_MS = 90
const SMALLEST = 0.25
const LARGEST_MOVING = 0.5
const QUALITY = { moving: 55, still: 92 }
const MOST_PX = 4096

export interface Wish {
  readonly view: bigint
  readonly camera: Camera
  /** Of the window, in its own pixels. */
  readonly width: number
  readonly height: number
}

export interface Pulled {
  readonly data: Uint8Array<ArrayBuffer>
  readonly width: number
  readonly height: number
  readonly revision: bigint
  /** Whether it is as large as the window. */
  readonly full: boolean
}

export interface Source {
  readonly ask: Ask
  /** The picture is shown when this resolves. */
  draw(frame: Pulled): Promise<void>
  failed(error: CollabError): void
  now(): number
}

export class Pulling {
  /** Part of the window's size that moving pictures have. */
  scale = LARGEST_MOVING
  #wish: Wish | undefined
  /** What is wanted and not asked for yet. */
  #wanted: 'moving' | 'still' | undefined
  #inFlight = new Map<number, () => void>()
  #asked = 0
  #shown = 0
  #still: ReturnType<typeof setTimeout> | undefined
  #movedMs = -Infinity

  constructor(private readonly stage: Source) {}

  /** Show this. What moves is drawn small, and in full as soon as it rests. */
  want(wish: Wish, moving: boolean): void {
    this.#wish = wish
    const nowMs = this.stage.now()
    // What changes again and again moves, whoever moves it.
    const moves = moving || nowMs - this.#movedMs < STILL_AFTER_MS
    this.#movedMs = nowMs
    clearTimeout(this.#still)
    this.#wanted = moves ? 'moving' : 'still'
    if (moves) {
      this.#still = setTimeout(() => {
        this.#wanted = 'still'
        this.#pump()
      }, STILL_AFTER_MS)
    }
    this.#pump()
  }

  /** Ask for nothing more. */
  stop(): void {
    clearTimeout(this.#still)
    this.#wanted = this.#wish = undefined
    for (const cancel of this.#inFlight.values()) cancel()
  }

  #pump(): void {
    if (!this.#wish || !this.#wanted || this.#inFlight.size >= MOST_IN_FLIGHT) return
    const full = this.#wanted === 'still'
    this.#wanted = undefined
    void this.#fetch(this.#wish, full)
  }

  async #fetch({ view, camera, width, height }: Wish, full: boolean): Promise<void> {
    const scale = Math.min(full ? 1 : this.scale, MOST_PX / Math.max(width, height))
    const size = { width: pixels(width * scale), height: pixels(height * scale) }
    const quality = full ? QUALITY.still : QUALITY.moving
    const serial = (this.#asked += 1)
    const startedMs = this.stage.now()
    const { answer, cancel } = this.stage.ask({
      case: 'renderImage',
      value: { view, ...size, format: 'jpeg', quality, camera: toWire(camera) },
    })
    this.#inFlight.set(serial, cancel)
    try {
      const { head, data, revision } = await answer
      if (!full) this.#steer(this.stage.now() - startedMs)
      if (serial > this.#shown) {
        this.#shown = serial
        const drawn = { width: head?.width ?? size.width, height: head?.height ?? size.height }
        await this.stage.draw({ data, ...drawn, revision, full })
      }
    } catch (error) {
      if (!(error instanceof CollabError)) throw error
      if (error.code !== 'renderer.cancelled') this.stage.failed(error)
    } finally {
      this.#inFlight.delete(serial)
      this.#pump()
    }
  }

  #steer(tookMs: number): void {
    if (tookMs > MOVING_TARGET_MS) this.scale = Math.max(SMALLEST, this.scale * 0.85)
    else if (tookMs < MOVING_TARGET_MS / 3) this.scale = Math.min(LARGEST_MOVING, this.scale * 1.1)
  }
}

const pixels = (length: number) => Math.max(1, Math.round(length))
