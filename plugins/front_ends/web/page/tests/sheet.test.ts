import { describe, expect, it } from 'vitest'

import { fieldsOf, MAGNITUDE } from '@/core/rows'
import { MOST_SELECTED } from '@/core/selecting'
import { firstShowing, isSortedBy, nextSorting, ROW_PX, rowsAround, rowsIn, scaleOf, selectableAs, selectedAfter, sortingOf } from '@/core/sheet'

const [x, , , length] = fieldsOf([{ name: 'V:1', type: 'double', components: 3 }])
const [single] = fieldsOf([{ name: 'p:2', type: 'double', components: 1 }])

describe('what sorts a spreadsheet', () => {
  it.each([x, length])('comes back from its text (%o)', (field) => {
    const { text, descending } = nextSorting(sortingOf('', false), field)
    const sorting = sortingOf(text, descending)
    expect(sorting).toEqual({ column: 'V:1', component: field!.component, descending: false })
    expect(isSortedBy(sorting, field)).toBe(true)
    expect(isSortedBy(sorting, undefined)).toBe(false)
  })

  it('is up at the first press, down at the second, and nothing at the third', () => {
    const up = nextSorting(sortingOf('', false), length)
    const down = nextSorting(sortingOf(up.text, up.descending), length)
    const off = nextSorting(sortingOf(down.text, down.descending), length)
    expect([up, down, off]).toEqual([
      { text: 'V:1:Magnitude', descending: false },
      { text: 'V:1:Magnitude', descending: true },
      { text: '', descending: false },
    ])
    expect(length!.component).toBe(MAGNITUDE)
  })

  it('may be the numbers themselves, from the last one on', () => {
    expect(nextSorting(sortingOf('', false), undefined)).toEqual({ text: '', descending: true })
  })

  it('is a column by its name alone where it has one component', () => {
    expect(nextSorting(sortingOf('', false), single).text).toBe('p:2')
  })
})

describe('a press on a row', () => {
  it('selects it alone, and once more lets it go', () => {
    expect(selectedAfter(new Set([1, 2]), 3, false)).toEqual([3])
    expect(selectedAfter(new Set([1, 2]), 2, false)).toEqual([2])
    expect(selectedAfter(new Set([3]), 3, false)).toEqual([])
  })

  it('with a key held selects it besides, as many as can be', () => {
    expect(selectedAfter(new Set([1, 2]), 3, true)).toEqual([1, 2, 3])
    expect(selectedAfter(new Set([1, 2]), 2, true)).toEqual([1])
    const many = new Set(Array.from({ length: MOST_SELECTED }, (_, i) => i))
    expect(selectedAfter(many, -1, true)).toHaveLength(MOST_SELECTED)
  })

  it('selects points and cells, and nothing else', () => {
    expect([0, 1, 2].map(selectableAs)).toEqual(['POINTS', 'CELLS', undefined])
  })
})

describe('rows in sight', () => {
  it('are drawn with some above and below, and none that are not there', () => {
    expect(rowsAround(0, 10, 1000)).toEqual([0, 14])
    expect(rowsAround(500.5, 10, 1000)).toEqual([496, 515])
    expect(rowsAround(990, 10, 1000)).toEqual([986, 1000])
    expect(rowsAround(0, 10, 0)).toEqual([0, 0])
    expect(rowsIn(0)).toBe(1)
  })

  it('never make an element higher than browsers draw', () => {
    expect(scaleOf(1000)).toBe(1)
    expect(scaleOf(1e9) * 1e9 * ROW_PX).toBeLessThan(1e7)
  })

  it('move no further than it takes to show one', () => {
    expect([3, 5, 14, 15].map((row) => firstShowing(row, 5, 10))).toEqual([3, 5, 5, 6])
  })
})
