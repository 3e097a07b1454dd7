import { create, toBinary } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'

import { type Axes, axesOf, isMoved, over, pannedAxes, valuesOfAxes, zoomedAxes } from '@/core/axes'
import { bytesOf, idKey } from '@/core/bytes'
import type { Answered, QueryKind } from '@/core/questions'
import { CollabError } from '@/core/failures'
import { fieldsOf, MAGNITUDE, PAGE, type Question, RowStore } from '@/core/rows'
import { doubles, named, numbers, proxies } from '@/core/values'
import { activeView, whyNotIn } from '@/core/viewing'
import { ProxyRowSchema, Table } from '@/generated/collab_proto/v1/session_pb'
import { PresenceSchema, type Rows, RowsSchema } from '@/generated/collab_proto/v1/wire_pb'
import { Pictures } from '@/view/pictures'

import { mirrorOf, put, VIEW } from './session'

const axis = (low: number, high: number, logarithmic = false) => ({ low, high, logarithmic })

describe('the axes of a chart', () => {
  const axes: Axes = { left: axis(0, 10), bottom: axis(100, 200) }

  it('go with the mouse, as far as it goes', () => {
    expect(pannedAxes(axes, 0.5, 0.1)).toEqual({ left: axis(-1, 9), bottom: axis(50, 150) })
  })

  it('keep the place in sight to which one comes nearer', () => {
    const near = zoomedAxes(axes, 2, 0.25, 1)
    expect(near).toEqual({ left: axis(5, 10), bottom: axis(112.5, 162.5) })
    const back = zoomedAxes(near, 0.5, 0.25, 1)
    expect(back).toEqual(axes)
  })

  it('move by decades where they are logarithmic', () => {
    const { left } = pannedAxes({ left: axis(1, 100, true), bottom: axis(0, 1) }, 0, -0.5)
    expect([left.low, left.high]).toEqual([10, 1000])
  })

  it.each([0, -1, NaN, Infinity])('stay where they are at a factor of %d', (factor) => {
    expect(zoomedAxes(axes, factor, 0.5, 0.5)).toEqual(axes)
  })

  it('never become too thin or too far to draw', () => {
    let now = axes
    for (let step = 0; step < 2000; step++) now = zoomedAxes(now, 3, 0.5, 0.5)
    expect(now.left.high).toBeGreaterThan(now.left.low)
    for (let step = 0; step < 2000; step++) now = zoomedAxes(now, 0.1, 0.5, 0.5)
    expect(Number.isFinite(now.bottom.high)).toBe(true)
  })

  it('come back from own values, and have moved then', () => {
    const values = new Map(valuesOfAxes(axes).map(({ property, value }) => [property, value]))
    const read = (name: string) => values.get(name)
    expect(isMoved(read)).toBe(true)
    expect(axesOf(read, () => undefined)).toEqual(axes)
    expect(isMoved(() => undefined)).toBe(false)
    const elsewhere = over([named('LeftAxisRangeMinimum', doubles(-3))], read)
    expect(numbers(elsewhere('LeftAxisRangeMinimum'))).toEqual([-3])
  })
})

// -- rows ------------------------------------------------------------------------------------

const QUESTION: Question = {
  proxy: 7n, port: 0, association: 'POINTS', block: 0n, sortBy: '', component: 0, descending: false,
} // prettier-ignore

class Server {
  asked: number[] = []
  cancelled: number[] = []
  news = 0
  failures: string[] = []
  total = 100_000
  shift = 0
  readonly #waiting = new Map<number, (answer: Answered) => void>()
  readonly store = new RowStore({
    ask: (query) => this.#ask(query),
    news: () => this.news++,
    failed: ({ message }) => this.failures.push(message),
  })

  #ask({ value }: QueryKind) {
    const first = Number((value as { first: bigint }).first)
    this.asked.push(first)
    let reject: (error: CollabError) => void
    const answer = new Promise<Answered>((resolve, refuse) => {
      this.#waiting.set(first, resolve)
      reject = refuse
    })
    const cancel = () => {
      this.cancelled.push(first)
      reject(new CollabError('renderer.cancelled', ''))
    }
    return { answer, cancel }
  }

  async answers(first: number): Promise<void> {
    const ids = Array.from({ length: Math.max(0, Math.min(PAGE, this.total - first)) }, (_, i) => BigInt(first + i))
    const vector = ids.flatMap((id) => [3 * Number(id) + this.shift, 4 * Number(id)])
    const rows: Rows = create(RowsSchema, {
      total: BigInt(this.total),
      ids,
      names: ['v', 'who'],
      columns: [
        { name: 'v', type: 'double', components: 2, numbers: vector },
        { name: 'who', type: 'string', components: 1, texts: ids.map((id) => `n${id}`) },
      ],
    })
    this.#waiting.get(first)?.({ head: undefined, data: toBinary(RowsSchema, rows), revision: 1n })
    this.#waiting.delete(first)
    await new Promise((done) => setTimeout(done))
  }
}

describe('rows', () => {
  it('are asked for a page at a time, those in sight and no others', async () => {
    const server = new Server()
    server.store.want(0, 20)
    server.store.ask(QUESTION)
    expect(server.asked).toEqual([0])
    await server.answers(0)
    expect(server.store.total).toBe(100_000)
    server.store.want(50_080, 50_120)
    expect(server.asked).toEqual([0, 50_000, 50_100])
    await server.answers(50_000)
    expect(server.store.row(50_090)).toEqual({ id: 50_090n, cells: [150_270, 200_360, 250_450, 'n50090'] })
    expect(server.store.row(50_110)).toBeUndefined()
  })

  it('that are scrolled past are not waited for', async () => {
    const server = new Server()
    server.store.ask(QUESTION)
    await server.answers(0)
    server.store.want(4_000, 4_020)
    server.store.want(9_000, 9_020)
    expect(server.cancelled).toEqual([4_000])
    await server.answers(9_000)
    expect(server.store.row(9_010)?.id).toBe(9_010n)
    expect(server.failures).toEqual([])
  })

  it('of changed data are asked for again, and the old ones seen until then', async () => {
    const server = new Server()
    server.store.ask(QUESTION)
    await server.answers(0)
    server.shift = 5
    server.store.ask(QUESTION)
    expect(server.asked).toEqual([0, 0])
    expect(server.store.row(1)?.cells[0]).toBe(3)
    await server.answers(0)
    expect(server.store.row(1)?.cells[0]).toBe(8)
  })

  it('of another question have nothing of those before', async () => {
    const server = new Server()
    server.store.ask(QUESTION)
    await server.answers(0)
    server.store.ask({ ...QUESTION, association: 'CELLS' })
    expect([server.store.known, server.store.total, server.store.row(1)]).toEqual([false, 0, undefined])
  })

  it('are held a few at a time, however many are scrolled through', async () => {
    const server = new Server()
    server.store.ask(QUESTION)
    await server.answers(0)
    for (let first = 0; first < 100 * PAGE; first += PAGE) {
      server.store.want(first, first + 1)
      await server.answers(first)
    }
    const held = Array.from({ length: 100 }, (_, page) => server.store.row(page * PAGE)).filter(Boolean)
    expect(held.length).toBeLessThan(50)
    expect(server.store.row(99 * PAGE)?.id).toBe(9_900n)
  })

  it('have their vectors by component, and their length', () => {
    const titles = fieldsOf([
      { name: 'a', type: 'int', components: 1 },
      { name: 'v', type: 'float', components: 3 },
      { name: 't', type: 'float', components: 9 },
      { name: 'Structured Coordinates', type: 'int', components: 3 },
    ])
    expect(titles.slice(0, 5).map(({ title }) => title)).toEqual(['a', 'v X', 'v Y', 'v Z', 'v Magnitude'])
    expect(titles[4]?.component).toBe(MAGNITUDE)
    expect(titles.slice(5).map(({ title }) => title)).toEqual([
      ...Array.from({ length: 9 }, (_, i) => `t ${i}`),
      ...['i', 'j', 'k'].map((letter) => `Structured Coordinates ${letter}`),
    ])
  })
})

// -- pictures --------------------------------------------------------------------------------

it('pictures are asked for one at a time, and of wishes that wait only the newest', async () => {
  const asked: string[] = []
  const answers: (() => void)[] = []
  const pictures = new Pictures({
    ask: ({ value }) => {
      asked.push((value as { format: string }).format)
      const answer = new Promise<Answered>((resolve) => {
        answers.push(() => { resolve({ head: undefined, data: new Uint8Array(), revision: 1n }) })
      })
      return { answer, cancel: () => undefined }
    },
    draw: () => Promise.resolve(),
    failed: () => undefined,
  })
  const want = (format: string) => { pictures.want({ case: 'renderImage', value: { format } }) }
  for (const format of ['first', 'second', 'third']) want(format)
  expect(asked).toEqual(['first'])
  answers[0]!()
  await new Promise((done) => setTimeout(done))
  expect(asked).toEqual(['first', 'third'])
})

// -- which view one works in -----------------------------------------------------------------

describe('the active view', () => {
  const SECOND = (1n << 32n) + 2n

  /** Participant 1 steers, and has chosen a view. */
  function chosen(view: bigint) {
    const mirror = mirrorOf([{}, {}, { follows: 'nobody' }], 1n)
    const row = toBinary(ProxyRowSchema, create(ProxyRowSchema, { group: 'views', type: 'XYChartView' }))
    put(mirror, Table.PROXIES, bytesOf(idKey(SECOND)), row)
    const values = [named('ActiveView', proxies(view))]
    mirror.shown(create(PresenceSchema, { participant: 1n, serial: 1n, values }))
    return mirror
  }

  it('is the master’s for who follows, and one’s own for who does not', () => {
    const mirror = chosen(SECOND)
    expect(activeView(mirror.state, mirror.presence, 1n)).toBe(SECOND)
    expect(activeView(mirror.state, mirror.presence, 2n)).toBe(SECOND)
    expect(activeView(mirror.state, mirror.presence, 3n)).toBe(VIEW)
    mirror.shown(create(PresenceSchema, { participant: 3n, serial: 1n, values: [named('ActiveView', proxies(SECOND))] }))
    expect(activeView(mirror.state, mirror.presence, 3n)).toBe(SECOND)
  })

  it('is the first where the one that was chosen is gone', () => {
    const mirror = chosen(99n)
    expect(activeView(mirror.state, mirror.presence, 1n)).toBe(VIEW)
  })

  it('says what it can’t show', () => {
    const { state } = mirrorOf([{}], 1n)
    expect(whyNotIn(state, VIEW, 'vtkTable')).toContain('A table has no shape')
    expect(whyNotIn(state, VIEW, 'vtkPolyData')).toBe('')
  })
})
