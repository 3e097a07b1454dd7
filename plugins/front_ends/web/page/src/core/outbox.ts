/** What waits to be sent: as fast as the peer takes it. Control messages pass always; reliable ones
 * keep their order; of the latest lane one message a key waits. */

import { joined } from './bytes'

export const WINDOW_BYTES = 1024 * 1024
export const MAX_PACKET_BYTES = 256 * 1024

export class Outbox {
  readonly #control = new Map<string, Uint8Array>()
  #reliable: Uint8Array[] = []
  readonly #latest = new Map<string, Uint8Array>()
  readonly #inFlight: number[] = []
  #inFlightBytes = 0
  #acknowledged = 0n

  constructor(private readonly windowBytes = WINDOW_BYTES) {}

  /** Replaces what waits of its kind. */
  control(kind: string, message: Uint8Array): void {
    this.#control.delete(kind)
    this.#control.set(kind, message)
  }

  reliable(message: Uint8Array): void {
    this.#reliable.push(message)
  }

  /** Replaces what waits under the same key. */
  latest(key: string, message: Uint8Array): void {
    this.#latest.set(key, message)
  }

  /** The next packet to send, now on the way; undefined if nothing may be sent. */
  next(): Uint8Array<ArrayBuffer> | undefined {
    const parts = [...this.#control.values()]
    this.#control.clear()
    let size = parts.reduce((sum, part) => sum + part.length, 0)
    while (this.#inFlightBytes < this.windowBytes && size < MAX_PACKET_BYTES) {
      const message = this.#first()
      if (!message || (parts.length && size + message.length > MAX_PACKET_BYTES)) break
      this.#take()
      parts.push(message)
      size += message.length
    }
    if (!parts.length) return undefined
    this.#inFlight.push(size)
    this.#inFlightBytes += size
    return joined(parts)
  }

  #first(): Uint8Array | undefined {
    return this.#reliable[0] ?? this.#latest.values().next().value
  }

  #take(): void {
    if (this.#reliable.length) this.#reliable.shift()
    else this.#latest.delete(this.#latest.keys().next().value!)
  }

  /** The peer has taken `packets` packets in all; nonsense counts are ignored. */
  credit(packets: bigint): void {
    while (this.#acknowledged < packets && this.#inFlight.length) {
      this.#inFlightBytes -= this.#inFlight.shift()!
      this.#acknowledged += 1n
    }
  }
}
