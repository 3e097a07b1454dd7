/** How a client comes back when its connection breaks: when that makes sense, and how soon. */

import { Backoff, STEADY_MS } from './peer'

export class Reconnection {
  #backoff = new Backoff()
  #brokenMs: number | undefined
  /** When it stood last. */
  #stoodMs = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly dial: () => void,
    private readonly now: () => number,
  ) {}

  /** The connection broke, or an attempt came to nothing: try again after a pause. */
  breaks(): void {
    const nowMs = this.now()
    if (this.#brokenMs === undefined) {
      this.#brokenMs = nowMs
      if (nowMs - this.#stoodMs > STEADY_MS) this.#backoff = new Backoff()
    }
    this.stop()
    this.#timer = setTimeout(() => {
      this.#again()
    }, this.#backoff.pauseMs(nowMs - this.#brokenMs, Math.random()))
  }

  /** The connection stands. */
  stands(): void {
    this.#brokenMs = undefined
    this.#stoodMs = this.now()
  }

  /** Try at once, rather than after the pause that was meant to be. */
  hurry(): void {
    if (this.#timer !== undefined) this.#again()
  }

  /** Try no more. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #again(): void {
    this.stop()
    this.dial()
  }
}
