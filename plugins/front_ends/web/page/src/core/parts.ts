/** Something large that comes in parts, which never becomes larger than it may. */

import { joined } from './bytes'
import { CollabError } from './failures'

export class Parts {
  #parts: Uint8Array[] = []
  #bytes = 0

  constructor(private readonly mostBytes: number) {}

  /** Throws, and forgets all of it, where it becomes too large. */
  add(part: Uint8Array): void {
    this.#bytes += part.length
    if (this.#bytes > this.mostBytes) {
      this.clear()
      throw new CollabError('transport.message_too_large', `more than ${this.mostBytes} bytes came of one thing`)
    }
    if (part.length) this.#parts.push(part)
  }

  clear(): void {
    this.#parts = []
    this.#bytes = 0
  }

  /** All of it; what comes then is another thing's. */
  take(): Uint8Array<ArrayBuffer> {
    const whole = joined(this.#parts)
    this.clear()
    return whole
  }
}
