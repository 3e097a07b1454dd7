/** The shared state: tables of rows, each row as the bytes that came. What this page doesn't know
 * is kept like the rest, so the digest is the server's whatever its version. */

import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import type { GenMessage } from '@bufbuild/protobuf/codegenv2'
import type { Message } from '@bufbuild/protobuf'

import {
  type Event,
  RequestRowSchema,
  type SnapshotRow,
  Table,
} from '@/generated/collab_proto/v1/session_pb'
import { ValueSchema } from '@/generated/collab_proto/v1/values_pb'

import { bytesOf, hex, idKey, idOf, joined, type Key, key4, keyOf, textKey } from './bytes'

export type Rows = ReadonlyMap<Key, Uint8Array>
/** Rows by their ids. */
export type Entries<Row> = readonly (readonly [bigint, Row])[]

const NO_ROWS: Rows = new Map()

/** The only table that the digest leaves out. */
const HISTORY: number = Table.HISTORY

export class Tables {
  revision = 0n
  readonly #tables = new Map<number, Map<Key, Uint8Array>>()
  /** Rows that were read, by their bytes: a row is replaced and never changed. */
  readonly #read = new WeakMap<Uint8Array, Message>()
  /** Tables that were read whole, until a row of theirs is another. */
  readonly #listed = new Map<number, Entries<Message>>()

  rows(table: number): Rows {
    return this.#tables.get(table) ?? NO_ROWS
  }

  has(table: number, key: Key): boolean {
    return this.rows(table).has(key)
  }

  row<T extends Message>(table: number, key: Key, schema: GenMessage<T>): T | undefined {
    const bytes = this.rows(table).get(key)
    return bytes && this.decoded(bytes, schema)
  }

  decoded<T extends Message>(bytes: Uint8Array, schema: GenMessage<T>): T {
    const found = this.#read.get(bytes)
    if (found) return found as T
    const message = fromBinary(schema, bytes)
    this.#read.set(bytes, message)
    return message
  }

  /** All rows of a table whose keys are ids, the oldest first: the same list as long as they are the same. */
  byId<T extends Message>(table: number, schema: GenMessage<T>): Entries<T> {
    const known = this.#listed.get(table)
    if (known) return known as Entries<T>
    const list = [...this.rows(table)]
      .sort(([a], [b]) => inBytes(a, b))
      .map(([key, row]) => [idOf(key), this.decoded(row, schema)] as const)
    this.#listed.set(table, list)
    return list
  }

  /** Start again from a snapshot. */
  load(revision: bigint, rows: readonly SnapshotRow[]): void {
    this.#tables.clear()
    this.#listed.clear()
    for (const { table, key, row } of rows) this.#put(table, keyOf(key), row)
    this.revision = revision
  }

  /** Take in an event: put what it says, and nothing else. */
  fold(event: Event): void {
    for (const { kind } of event.changes) {
      if (kind.case === 'put') {
        this.#put(kind.value.table, keyOf(kind.value.key), kind.value.after && alone(kind.value.after))
      } else if (kind.case === 'setValue') {
        const { proxy, property, after } = kind.value
        this.#put(
          Table.VALUES,
          idKey(proxy) + textKey(property),
          after && toBinary(ValueSchema, after),
        )
      }
    }
    if (event.request && this.has(Table.PARTICIPANTS, idKey(event.author))) {
      const decided = create(RequestRowSchema, { decided: event.request })
      this.#put(Table.REQUESTS, idKey(event.author), toBinary(RequestRowSchema, decided))
    }
    this.revision = event.revision
  }

  #put(table: number, key: Key, row: Uint8Array | undefined): void {
    this.#listed.delete(table)
    const rows = this.#tables.get(table)
    if (row === undefined) rows?.delete(key)
    else if (rows) rows.set(key, row)
    else this.#tables.set(table, new Map([[key, row]]))
  }

  /** All rows, in the digest's order. */
  *inOrder(): Generator<[table: number, key: Uint8Array, row: Uint8Array]> {
    for (const table of [...this.#tables.keys()].sort((a, b) => a - b)) {
      const rows = this.rows(table)
      for (const key of [...rows.keys()].sort(inBytes)) {
        yield [table, bytesOf(key), rows.get(key)!]
      }
    }
  }

  /** A hash of all but the undo history, in hexadecimal; equal on all mirrors at equal revisions. Browsers can
   * work it out only on pages from this machine or over TLS. */
  async digest(): Promise<string> {
    const parts: Uint8Array[] = []
    for (const [table, key, row] of this.inOrder()) {
      if (table === HISTORY) continue
      parts.push(number4(table), number4(key.length), key, number4(row.length), row)
    }
    return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', joined(parts))))
  }
}

const inBytes = (a: Key, b: Key) => (a < b ? -1 : a > b ? 1 : 0)

/** A row that comes in an event is a part of the packet's bytes, whatever else came in that: kept so, it
 * would keep them all. */
function alone(row: Uint8Array): Uint8Array {
  return 2 * row.byteLength < row.buffer.byteLength ? row.slice() : row
}

const number4 = (n: number): Uint8Array => bytesOf(key4(n))
