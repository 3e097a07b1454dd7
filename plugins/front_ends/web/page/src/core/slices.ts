/** A snapshot, which comes in slices. */

import type { Snapshot, SnapshotRow } from '@/generated/collab_proto/v1/session_pb'

import { CollabError } from './failures'

/** More than any session that a page could show. */
const MAX_ROWS = 5_000_000

export class Slices {
  #rows: SnapshotRow[] = []

  /** All rows, with the last slice. */
  add({ rows, last }: Snapshot): SnapshotRow[] | undefined {
    if (this.#rows.length + rows.length > MAX_ROWS) {
      throw new CollabError('transport.message_too_large', `the session has more than ${MAX_ROWS} rows`)
    }
    for (const row of rows) this.#rows.push(row)
    if (!last) return undefined
    const whole = this.#rows
    this.#rows = []
    return whole
  }
}
