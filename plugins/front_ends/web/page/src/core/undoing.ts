/** Going back in the shared history: which entries that takes, and why it can't be. */

import type { HistoryRow } from '@/generated/collab_proto/v1/session_pb'

import type { Entries } from './tables'

type History = Entries<Pick<HistoryRow, 'undoneAt'>>

/** The entries to undo, newest first, until the one of this key is the last that stands. */
export function undosTo(history: History, key: bigint): bigint[] {
  return history.flatMap(([id, row]) => (id > key && !row.undoneAt ? [id] : [])).reverse()
}

/** Why one can't go back to an entry; '': one can. */
export function whyNotUndoTo(history: History, key: bigint): string {
  const entry = history.find(([id]) => id === key)
  if (entry?.[1].undoneAt) return 'It is undone itself'
  return undosTo(history, key).length ? '' : 'Nothing stands that came after it'
}
