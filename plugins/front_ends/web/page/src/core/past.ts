/** What the entries of the history changed: of those that were made while this page was there. The
 * shared history keeps who, what for and when; the changes themselves are in the events only. */

import { create, fromBinary } from '@bufbuild/protobuf'

import { type Change, ChangeSchema, type Event, EventKind, ProxyRowSchema, Table } from '@/generated/collab_proto/v1/session_pb'

import { idOf, keyOf } from './bytes'
import { doneLines, type Line, spaced } from './changes'
import type { State } from './state'

/** Of one entry: what is more is counted and not kept. */
const MOST_CHANGES = 300

interface Entry {
  readonly changes: Map<string, Change>
  /** What the proxies were called when they were changed. */
  readonly titles: Map<bigint, string>
  left: number
}

export class Past {
  readonly #entries = new Map<bigint, Entry>()

  /** Take in an event, after the state has it. */
  note(event: Event, state: State): void {
    for (const { kind } of event.changes) {
      if (kind.case !== 'put' || kind.value.table !== Table.HISTORY) continue
      const key = idOf(keyOf(kind.value.key))
      if (!kind.value.after) this.#entries.delete(key)
      else if (event.kind === EventKind.EDIT) this.#grow(key, event.changes, state)
    }
  }

  #grow(key: bigint, changes: readonly Change[], state: State): void {
    const entry = this.#entries.get(key) ?? { changes: new Map<string, Change>(), titles: new Map<bigint, string>(), left: 0 }
    this.#entries.set(key, entry)
    for (const change of changes) {
      const spot = spotOf(change)
      if (spot === undefined) continue
      const known = entry.changes.get(spot)
      if (!known && entry.changes.size >= MOST_CHANGES) entry.left++
      else entry.changes.set(spot, known ? joined(known, change) : change)
      for (const id of proxiesIn(change)) {
        const title = state.proxy(id) ? state.title(id) : (goneTitle(change) ?? entry.titles.get(id))
        if (title !== undefined) entry.titles.set(id, title)
      }
    }
  }

  /** What an entry changed; undefined: it was made before this page was there. */
  lines(key: bigint, state: State): Line[] | undefined {
    const entry = this.#entries.get(key)
    if (!entry) return undefined
    const lines = doneLines(state, [...entry.changes.values()], (id) => entry.titles.get(id) ?? state.title(id))
    return entry.left ? [...lines, { what: `and ${entry.left} more` }] : lines
  }

  clear(): void {
    this.#entries.clear()
  }
}

const SHOWN = new Set<number>([Table.PROXIES, Table.LINKS, Table.SELECTIONS, Table.ANNOTATIONS])

/** What a change is of; undefined: of nothing that undo takes back. */
function spotOf({ kind }: Change): string | undefined {
  if (kind.case === 'setValue') return `${kind.value.proxy}/${kind.value.property}`
  if (kind.case === 'put' && SHOWN.has(kind.value.table)) return `${kind.value.table}:${keyOf(kind.value.key)}`
  return undefined
}

/** The first of two changes of one thing, up to where the second leads. */
function joined(first: Change, second: Change): Change {
  const [a, b] = [first.kind, second.kind]
  if (a.case === 'setValue' && b.case === 'setValue') {
    const { proxy, property, before } = a.value
    return create(ChangeSchema, { kind: { case: 'setValue', value: { proxy, property, before, after: b.value.after } } })
  }
  if (a.case === 'put' && b.case === 'put') {
    const { table, key, before } = a.value
    return create(ChangeSchema, { kind: { case: 'put', value: { table, key, before, after: b.value.after } } })
  }
  return second
}

function proxiesIn({ kind }: Change): bigint[] {
  if (kind.case === 'setValue') {
    const { proxy, before, after } = kind.value
    return [proxy, ...(before?.proxies ?? []), ...(after?.proxies ?? [])]
  }
  return kind.case === 'put' && kind.value.table === Table.PROXIES ? [idOf(keyOf(kind.value.key))] : []
}

function goneTitle({ kind }: Change): string | undefined {
  if (kind.case !== 'put' || kind.value.table !== Table.PROXIES || !kind.value.before) return undefined
  const row = fromBinary(ProxyRowSchema, kind.value.before)
  return row.name || spaced(row.type)
}
