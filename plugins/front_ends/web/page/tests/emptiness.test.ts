import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { expect, it } from 'vitest'

import { bytesOf, idKey } from '@/core/bytes'
import { whyNothing } from '@/core/emptiness'
import { Mirror } from '@/core/mirror'
import { booleans, inputs, proxies, type Value } from '@/core/values'
import { ProxyRowSchema, type SnapshotRow, SnapshotRowSchema, Table } from '@/generated/collab_proto/v1/session_pb'
import { DerivedSchema } from '@/generated/collab_proto/v1/wire_pb'
import { ValueSchema } from '@/generated/collab_proto/v1/values_pb'

const [VIEW, SOURCE, SHOWN] = [1n, 2n, 3n]

/** A source, and a view of this type that shows it. */
function stateOf(type: string, visible: boolean) {
  const rows: SnapshotRow[] = []
  const proxy = (id: bigint, group: string, kind: string, name: string, values: Record<string, Value> = {}) => {
    const row = toBinary(ProxyRowSchema, create(ProxyRowSchema, { group, type: kind, name }))
    rows.push(create(SnapshotRowSchema, { table: Table.PROXIES, key: bytesOf(idKey(id)), row }))
    for (const [property, value] of Object.entries(values)) {
      const key = bytesOf(idKey(id) + property)
      rows.push(create(SnapshotRowSchema, { table: Table.VALUES, key, row: toBinary(ValueSchema, value) }))
    }
  }
  proxy(VIEW, 'views', type, 'View1', { Representations: proxies(SHOWN) })
  proxy(SOURCE, 'sources', 'Contour', 'Contour1')
  proxy(SHOWN, 'representations', 'Any', '', { Input: inputs({ proxy: SOURCE, port: 0 }), Visibility: booleans(visible) })
  const mirror = new Mirror()
  mirror.load(1n, rows)
  return mirror.state
}

type Port = NonNullable<MessageInitShape<typeof DerivedSchema>['ports']>[number]
const facts = (port: Port) => new Map([[SOURCE, create(DerivedSchema, { ports: [port] })]])
const mask = (most: number) => ({ name: 'vtkValidPointMask', association: 'POINTS', minimum: [0], maximum: [most] })

it.each([
  ['RenderView', false, { points: 8n }, 'Nothing is shown here. Press the eye of what you want to see.'],
  ['XYChartView', false, { points: 8n }, 'Nothing is shown here. Press the eye of what you want to see as lines.'],
  ['RenderView', true, { points: 8n }, ''],
  ['RenderView', true, { points: 0n }, 'Contour1 is empty: there are no points in it.'],
  ['XYChartView', true, { points: 0n, type: 'vtkTable' }, ''],
  ['XYChartView', true, { points: 8n, arrays: [mask(0)] }, 'Nothing to plot: Contour1 meets no data.'],
  ['XYChartView', true, { points: 8n, arrays: [mask(1)] }, ''],
  ['RenderView', true, { points: 8n, arrays: [mask(0)] }, ''],
])('a %s (shown: %s) of %o says: %s', (type, visible, port: Port, why) => {
  expect(whyNothing(stateOf(type, visible), VIEW, facts(port))).toBe(why)
})

it('what is not known yet is not called empty', () => {
  expect(whyNothing(stateOf('RenderView', true), VIEW, new Map())).toBe('')
})

it('what has failed says so, unless something else is seen', () => {
  const failed = new Map([[SOURCE, create(DerivedSchema, { failure: { text: 'there is no array' } })]])
  expect(whyNothing(stateOf('RenderView', true), VIEW, failed)).toBe('Contour1 can’t be shown: there is no array')
})
