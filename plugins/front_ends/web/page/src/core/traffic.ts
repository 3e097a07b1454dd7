/** What pictures cost: bytes that have come, second by second. */

const SECOND_MS = 1_000
/** As long as the busiest second is remembered. */
const MINUTE_MS = 60_000

export class Traffic {
  /** Bytes of the last picture. */
  last = 0
  #came: { readonly atMs: number; readonly bytes: number }[] = []

  add(nowMs: number, bytes: number): void {
    this.last = bytes
    this.#came = this.#came.filter(({ atMs }) => atMs > nowMs - MINUTE_MS)
    this.#came.push({ atMs: nowMs, bytes })
  }

  /** Bytes within the last second. */
  now(nowMs: number): number {
    return this.#sum(nowMs)
  }

  /** Bytes within the busiest second of the last minute. */
  most(nowMs: number): number {
    const ends = this.#came.map(({ atMs }) => atMs).filter((atMs) => atMs > nowMs - MINUTE_MS)
    return ends.reduce((most, atMs) => Math.max(most, this.#sum(atMs)), 0)
  }

  #sum(endMs: number): number {
    const within = this.#came.filter(({ atMs }) => atMs > endMs - SECOND_MS && atMs <= endMs)
    return within.reduce((sum, { bytes }) => sum + bytes, 0)
  }
}
