/** The manners of a peer: liveness, credits, and when to try again. No sockets and no clock. */

export const PROTOCOL_MINIMUM = 1
export const PROTOCOL_MAXIMUM = 1
export const CAPABILITIES = ['resume', 'frames']

export const HEARTBEAT_MS = 2_500
/** Nothing was heard for so long although something was asked. */
export const SILENT_AFTER_MS = 2_000
export const DEAD_AFTER_MS = 10_000
/** A connection that stood for less than this was no success: the pauses between attempts go on growing. */
export const STEADY_MS = 10_000
export const CREDIT_EVERY_BYTES = 128 * 1024

/** Counts what was taken in, and says when to tell the sender. */
export class Receipts {
  packets = 0n
  #untoldBytes = 0

  /** One more packet; how many there were, when it is time to say so. */
  took(sizeBytes: number): bigint | undefined {
    this.packets += 1n
    this.#untoldBytes += sizeBytes
    if (this.#untoldBytes < CREDIT_EVERY_BYTES) return undefined
    this.#untoldBytes = 0
    return this.packets
  }
}

/** How long to wait between attempts to come back: twice as long each time, by chance up to a half
 * less, so that not everybody knocks at once. */
export class Backoff {
  #nextMs = 0

  /** sinceMs: since the connection broke.  chance: 0 to 1. */
  pauseMs(sinceMs: number, chance: number): number {
    const most = sinceMs < 60_000 ? 2_000 : 30_000
    this.#nextMs = Math.min(2 * this.#nextMs || 100, most)
    return this.#nextMs * (1 - chance / 2)
  }
}

/** Whether the other side is there. */
export class Liveness {
  #asked = 0n
  /** When the last question was asked, while it has no answer. */
  #askedMs: number | undefined

  constructor(private heardMs: number) {}

  heard(nowMs: number): void {
    this.heardMs = nowMs
  }

  dead(nowMs: number): boolean {
    return nowMs - this.heardMs > DEAD_AFTER_MS
  }

  /** Whether the last question waits, and nothing else came since. */
  silent(nowMs: number): boolean {
    return this.#askedMs !== undefined && nowMs - Math.max(this.heardMs, this.#askedMs) > SILENT_AFTER_MS
  }

  /** The number of the question to ask now, to know how long an answer takes. */
  ping(nowMs: number): bigint {
    this.#asked += 1n
    this.#askedMs = nowMs
    return this.#asked
  }

  /** How long the answer to the last question took; undefined: it is to another. */
  ponged(serial: bigint, nowMs: number): number | undefined {
    if (serial !== this.#asked || this.#askedMs === undefined) return undefined
    const took = nowMs - this.#askedMs
    this.#askedMs = undefined
    return took
  }
}

const TEMPORARY = ['transport.connection_lost', 'transport.connection_lost.server_away', 'refused.busy', 'store']

/** Whether a connection that ended for this reason may stand again later. */
export function makesSense(code: string): boolean {
  return TEMPORARY.includes(code)
}
