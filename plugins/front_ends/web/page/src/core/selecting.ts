/** The data selection, which all share: which points or cells of an output port are selected, and
 * selecting others. Types and properties are ParaView's. */

import { SelectionRowSchema, Table } from '@/generated/collab_proto/v1/session_pb'

import { idKey, key4 } from './bytes'
import { make, type NewId, type Operation, type Port, remove } from './showing'
import type { State } from './state'
import { integers, named, numbers } from './values'

export type Association = 'POINTS' | 'CELLS'

const FIELD_TYPE: Record<Association, number> = { CELLS: 0, POINTS: 1 }
const BY_ID = 'IDSelectionSource'
const BY_BLOCK = 'CompositeDataIDSelectionSource'
/** One selects by hand no more than this. */
export const MOST_SELECTED = 1000

const portKey = ({ proxy, port }: Port): string => idKey(proxy) + key4(port)

/** What says what is selected at an output port. */
export function selectionAt(state: State, source: Port): bigint | undefined {
  return state.tables.row(Table.SELECTIONS, portKey(source), SelectionRowSchema)?.selection
}

/** The numbers of what is selected, as far as it was selected by number. block: flat index; 0: the data
 * is not composite. */
export function selectedIds(state: State, source: Port, association: Association, block: bigint): ReadonlySet<number> {
  const selection = selectionAt(state, source)
  const type = selection === undefined ? undefined : state.proxy(selection)?.type
  if (selection === undefined || (type !== BY_ID && type !== BY_BLOCK)) return new Set()
  if (numbers(state.value(selection, 'FieldType'))[0] !== FIELD_TYPE[association]) return new Set()
  const ids = numbers(state.value(selection, 'IDs'))
  if (type === BY_ID) return new Set(ids.filter((_, i) => i % 2 === 1))
  return new Set(ids.filter((_, i) => i % 3 === 2 && ids[i - 2] === Number(block)))
}

/** What selects these points or cells, and no others; none: nothing is selected there any more. */
export function select(
  state: State,
  source: Port,
  association: Association,
  block: bigint,
  ids: readonly number[],
  newId: NewId,
): Operation[] {
  const before = selectionAt(state, source)
  const operations: Operation[] = []
  let selection = 0n
  if (ids.length) {
    selection = newId()
    const of = block ? [block, 0] : [0]
    const list = integers(...ids.flatMap((id) => [...of, id]))
    const values = [named('IDs', list), named('FieldType', integers(FIELD_TYPE[association]))]
    operations.push(make(selection, 'sources', block ? BY_BLOCK : BY_ID, values))
  }
  if (selection || before !== undefined) {
    operations.push({ kind: { case: 'select', value: { ...source, selection } } })
  }
  if (before !== undefined && isOfNoOtherUse(state, before)) operations.push(remove(before))
  return operations
}

function isOfNoOtherUse(state: State, selection: bigint): boolean {
  if (!state.proxy(selection)?.type.endsWith('Source')) return false
  const uses = [...state.tables.rows(Table.SELECTIONS).values()].filter(
    (row) => state.tables.decoded(row, SelectionRowSchema).selection === selection,
  )
  const named = state.proxies().some(([id]) => state.references(id, 'Selection').includes(selection))
  return uses.length <= 1 && !named
}
