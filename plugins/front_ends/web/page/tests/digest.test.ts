import { readFileSync } from 'node:fs'

import { fromBinary } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'

import { hex } from '@/core/bytes'
import { Tables } from '@/core/tables'
import { EventSchema } from '@/generated/collab_proto/v1/session_pb'

interface Case {
  name: string
  events: string[]
  revision: number
  rows: [number, string, string][]
  digest: string
}

const file = new URL('../../../../../proto/vectors/digest.json', import.meta.url)
const { cases } = JSON.parse(readFileSync(file, 'utf-8')) as { cases: Case[] }

function bytes(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16))
}

describe('the fold leads to the rows and the digest that Python has', () => {
  it('has vectors to check', () => {
    expect(cases.length).toBeGreaterThan(3)
  })

  it.each(cases)('$name', async ({ events, revision, rows, digest }) => {
    const tables = new Tables()
    for (const event of events) tables.fold(fromBinary(EventSchema, bytes(event)))
    expect(tables.revision).toBe(BigInt(revision))
    const found = [...tables.inOrder()].map(([table, key, row]) => [table, hex(key), hex(row)])
    expect(found).toEqual(rows)
    expect(await tables.digest()).toBe(digest)
  })
})
