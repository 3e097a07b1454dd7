/** The rows of a spreadsheet, a page of them at a time: what is in sight is asked for, and what was in
 * sight lately is kept. However many there are, a few are held. */

import { fromBinary } from '@bufbuild/protobuf'

import { type Block, type Column, type Rows, RowsSchema } from '@/generated/collab_proto/v1/wire_pb'

import { CollabError } from './failures'
import type { Ask } from './questions'

export const PAGE = 100
/** Pages that are kept. */
const MOST_KEPT = 40
/** Of an array of vectors: their length. */
export const MAGNITUDE = -1

export interface Question {
  readonly proxy: bigint
  readonly port: number
  readonly association: string
  readonly block: bigint
  readonly sortBy: string
  readonly component: number
  readonly descending: boolean
}

/** A column as one sees it: one component of an array, or its length. */
export interface Field {
  readonly column: string
  readonly component: number
  readonly components: number
  readonly title: string
  /** Of the title: which component it is. */
  readonly part: string
  readonly type: string
}

export interface Row {
  readonly id: bigint
  /** By field. */
  readonly cells: readonly (number | bigint | string | undefined)[]
}

export interface Asker {
  readonly ask: Ask
  /** Something is there that was not. */
  news(): void
  failed(error: CollabError): void
}

const LETTERS = ['X', 'Y', 'Z']
const COORDINATES = 'Structured Coordinates'

/** The fields of columns. Vectors have their length too. */
export function fieldsOf(columns: readonly Pick<Column, 'name' | 'type' | 'components'>[]): Field[] {
  return columns.flatMap(({ name, type, components }) => {
    const field = (component: number, part: string): Field => ({
      ...{ column: name, component, components, part, type },
      title: part ? `${name} ${part}` : name,
    })
    if (components === 1) return [field(0, '')]
    const letters = name === COORDINATES ? ['i', 'j', 'k'] : components <= 3 ? LETTERS : undefined
    const own = Array.from({ length: components }, (_, i) => field(i, letters?.[i] ?? String(i)))
    const vector = (components === 2 || components === 3) && type !== 'string' && name !== COORDINATES
    return vector ? [...own, field(MAGNITUDE, 'Magnitude')] : own
  })
}

export class RowStore {
  total = 0
  fields: Field[] = []
  names: readonly string[] = []
  blocks: readonly Block[] = []
  block = 0n
  /** Whether anything has come yet. */
  known = false
  #question: Question | undefined
  #pages = new Map<number, Row[]>()
  /** Pages of how it was before, to be seen until the new ones are there. */
  #before = new Map<number, Row[]>()
  #asked = new Map<number, () => void>()
  #wanted: [number, number] = [0, 0]

  constructor(private readonly asker: Asker) {}

  /** Ask this from now on; the same once more: the data may have changed. */
  ask(question: Question | undefined): void {
    const same = question && this.#question && key(question) === key(this.#question)
    this.#stop()
    this.#before = new Map(same ? [...this.#before, ...this.#pages] : [])
    this.#pages = new Map()
    this.#question = question
    if (!same) {
      Object.assign(this, { total: 0, fields: [], names: [], blocks: [], block: 0n, known: false })
    }
    if (question) this.#fetch()
    else this.asker.news()
  }

  /** These rows are in sight, the last one not included. */
  want(first: number, end: number): void {
    this.#wanted = [Math.max(0, first), Math.max(0, end)]
    this.#fetch()
  }

  row(index: number): Row | undefined {
    const page = Math.floor(index / PAGE)
    return (this.#pages.get(page) ?? this.#before.get(page))?.[index % PAGE]
  }

  stop(): void {
    this.#stop()
    this.#question = undefined
  }

  #stop(): void {
    for (const cancel of this.#asked.values()) cancel()
    this.#asked.clear()
  }

  #fetch(): void {
    if (!this.#question) return
    const [first, end] = this.#wanted
    const last = Math.max(first, Math.min(end, this.known ? this.total : PAGE) - 1)
    const needed = new Set<number>()
    for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page++) needed.add(page)
    for (const [page, cancel] of this.#asked) {
      if (needed.has(page)) continue
      this.#asked.delete(page)
      cancel()
    }
    for (const page of needed) if (!this.#pages.has(page) && !this.#asked.has(page)) void this.#page(this.#question, page)
  }

  async #page(question: Question, page: number): Promise<void> {
    const { answer, cancel } = this.asker.ask({
      case: 'fetchRows',
      value: { ...question, first: BigInt(page * PAGE), count: PAGE },
    })
    this.#asked.set(page, cancel)
    try {
      const { data } = await answer
      if (this.#asked.get(page) === cancel) this.#take(page, fromBinary(RowsSchema, data))
    } catch (error) {
      if (!(error instanceof CollabError)) throw error
      if (error.code !== 'renderer.cancelled') this.asker.failed(error)
    } finally {
      if (this.#asked.get(page) === cancel) this.#asked.delete(page)
    }
  }

  #take(page: number, rows: Rows): void {
    this.total = Number(rows.total)
    this.fields = fieldsOf(rows.columns)
    this.names = rows.names
    this.blocks = rows.blocks
    this.block = rows.block
    this.known = true
    this.#pages.set(page, rowsOf(rows))
    this.#before.delete(page)
    for (const map of [this.#pages, this.#before]) {
      while (map.size > MOST_KEPT) map.delete(map.keys().next().value!)
    }
    this.asker.news()
    this.#fetch() // there may be fewer rows, or more, than was thought
  }
}

function rowsOf({ ids, columns }: Rows): Row[] {
  return ids.map((id, row) => ({
    id,
    cells: columns.flatMap((column) => {
      const cells = cellsOf(column)
      const own = Array.from({ length: column.components }, (_, i) => cells[row * column.components + i])
      const fields = fieldsOf([column])
      return fields.length > own.length ? [...own, lengthOf(own)] : own
    }),
  }))
}

function cellsOf({ numbers, integers, texts }: Column): readonly (number | bigint | string)[] {
  if (texts.length) return texts
  return integers.length ? integers : numbers
}

function lengthOf(cells: readonly (number | bigint | string | undefined)[]): number | undefined {
  return cells.includes(undefined) ? undefined : Math.hypot(...cells.map(Number))
}

function key({ proxy, port, association, block, sortBy, component, descending }: Question): string {
  return JSON.stringify([`${proxy}`, port, association, `${block}`, sortBy, component, descending])
}
