/** A spreadsheet's own arithmetic: what sorts it, what a click selects, and which rows are in sight. */

import { type Field, MAGNITUDE } from './rows'
import { type Association, MOST_SELECTED } from './selecting'

export const ASSOCIATIONS = ['POINTS', 'CELLS', 'FIELD'] as const
/** What people call them. */
export const NOUNS = ['Points', 'Cells', 'Field'] as const
/** Of one row. */
export const ROW_NOUNS = ['point', 'cell', 'row'] as const

/** What can be selected of these rows; undefined: nothing. */
export function selectableAs(association: number): Association | undefined {
  const name = ASSOCIATIONS[association]
  return name === 'FIELD' ? undefined : name
}

// -- sorting -------------------------------------------------------------------------------------

export interface Sorting {
  /** '': as the data has it. */
  readonly column: string
  readonly component: number
  readonly descending: boolean
}

/** As `ColumnToSort` has it: a column, and after a colon which component. */
export function sortingOf(text: string, descending: boolean): Sorting {
  const [, column = text, component = '0'] = /^(.*):(\d+|Magnitude)$/.exec(text) ?? []
  return { column, component: component === 'Magnitude' ? MAGNITUDE : Number(component), descending }
}

export function isSortedBy({ column, component }: Sorting, field: Field | undefined): boolean {
  return field ? column === field.column && component === field.component : column === ''
}

/** What a press on a column's head (undefined: on that of the numbers) makes of it: up, down, and as the
 * data has it. */
export function nextSorting(now: Sorting, field: Field | undefined): { text: string; descending: boolean } {
  const by = isSortedBy(now, field)
  const off = by && now.descending
  return { text: off || !field ? '' : textOf(field), descending: by && !now.descending }
}

function textOf({ column, component, components }: Field): string {
  if (components === 1) return column
  return `${column}:${component === MAGNITUDE ? 'Magnitude' : component}`
}

// -- selecting -----------------------------------------------------------------------------------

/** What is selected after a press on a row. more: besides what is selected already. */
export function selectedAfter(selected: ReadonlySet<number>, id: number, more: boolean): number[] {
  const before = more ? [...selected] : []
  const isAlone = selected.size === 1 && selected.has(id)
  if (selected.has(id) && (more || isAlone)) return before.filter((one) => one !== id)
  return [...before, id].slice(-MOST_SELECTED)
}

// -- scrolling -----------------------------------------------------------------------------------

export const ROW_PX = 24
/** Higher elements than this, browsers don't draw; where the rows would be higher, scrolling skips some. */
const HIGHEST_PX = 8_000_000
/** Above and below what is in sight. */
const SPARE_ROWS = 4

/** How many rows fit below the head. */
export const rowsIn = (heightPx: number): number => Math.max(1, Math.floor(heightPx / ROW_PX) - 1)

/** How many pixels of scrolling a pixel of rows is. */
export const scaleOf = (total: number): number => Math.min(1, HIGHEST_PX / Math.max(1, total * ROW_PX))

/** The rows to draw, the last one not included. first: in sight; part of one where it is cut. */
export function rowsAround(first: number, inSight: number, total: number): [number, number] {
  return [Math.max(0, Math.floor(first) - SPARE_ROWS), Math.min(total, Math.ceil(first) + inSight + SPARE_ROWS)]
}

/** The first row in sight once `row` is. */
export function firstShowing(row: number, first: number, inSight: number): number {
  if (row < first) return row
  return row > first + inSight - 1 ? row - inSight + 1 : first
}
