import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { expect, it } from 'vitest'

import { bytesOf, idKey, key4, keyOf, textKey } from '@/core/bytes'
import { doubles } from '@/core/values'
import { EventSchema, ProxyRowSchema, Table } from '@/generated/collab_proto/v1/session_pb'

import { mirrorOf, put, VIEW } from './session'

const SECOND = (7n << 32n) + 0xffff_fff0n

const proxy = (name: string) => toBinary(ProxyRowSchema, create(ProxyRowSchema, { group: 'sources', type: 'Sphere', name }))

it('a list of rows is the same one until a row of its table is another', () => {
  const mirror = mirrorOf([{}], 1n)
  const before = mirror.state.proxies()
  const value = { proxy: VIEW, property: 'Radius', after: doubles(1) }
  mirror.fold(create(EventSchema, { revision: 2n, changes: [{ kind: { case: 'setValue', value } }] }))
  expect(mirror.state.proxies()).toBe(before)
  put(mirror, Table.PROXIES, bytesOf(idKey(SECOND)), proxy('Sphere1'))
  expect(mirror.state.proxies().map(([id, { name }]) => [id, name])).toEqual([[VIEW, 'RenderView1'], [SECOND, 'Sphere1']])
  put(mirror, Table.PROXIES, bytesOf(idKey(SECOND)), undefined)
  expect(mirror.state.proxies().map(([id]) => id)).toEqual([VIEW])
  mirror.load(9n, [])
  expect(mirror.state.proxies()).toEqual([])
})

it('a row that came in an event keeps nothing else alive that came in the same packet', () => {
  const mirror = mirrorOf([{}], 1n)
  const after = proxy('Sphere1')
  const change = { kind: { case: 'put' as const, value: { table: Table.PROXIES, key: bytesOf(idKey(SECOND)), after } } }
  const event = toBinary(EventSchema, create(EventSchema, { revision: 2n, changes: [change] }))
  const packet = new Uint8Array(256 * 1024)
  packet.set(event)
  mirror.fold(fromBinary(EventSchema, packet.subarray(0, event.length)))
  const row = mirror.state.tables.rows(Table.PROXIES).get(idKey(SECOND))
  expect(row).toEqual(after)
  expect(row!.buffer.byteLength).toBeLessThan(1024)
})

it.each([0n, 1n, 255n, (1n << 32n) - 1n, SECOND, (1n << 53n) - 1n])('the key of %d is its eight bytes', (id) => {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, id)
  expect(idKey(id)).toBe(keyOf(bytes))
})

it('keys of texts and small numbers are their bytes', () => {
  expect([...bytesOf(textKey('Größe'))]).toEqual([...new TextEncoder().encode('Größe')])
  expect([...bytesOf(textKey('a\0b'))]).toEqual([97, 0, 98])
  expect([...bytesOf(key4(0x01020304))]).toEqual([1, 2, 3, 4])
  expect([...bytesOf(key4(0xfffffffe))]).toEqual([255, 255, 255, 254])
})
