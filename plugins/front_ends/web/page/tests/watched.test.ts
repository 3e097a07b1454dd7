import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { beforeEach, describe, expect, it } from 'vitest'

import type { CollabError } from '@/core/failures'
import { type Picture, type Said, Watched } from '@/core/watched'
import { FrameSchema } from '@/generated/collab_proto/v1/wire_pb'

let said: Said[]
let pictures: Picture[]
let failures: [string, boolean][]
let watched: Watched
const watcher = {
  picture: (picture: Picture) => {
    pictures.push(picture)
  },
  failed: ({ code }: CollabError, ended: boolean) => {
    failures.push([code, ended])
  },
}
const take = (frame: MessageInitShape<typeof FrameSchema>) => {
  watched.take(create(FrameSchema, frame))
}
const head = { format: 'jpeg', width: 4, height: 2, still: true, key: true }

beforeEach(() => {
  said = []
  pictures = []
  failures = []
  watched = new Watched((what) => said.push(what))
})

describe('a view that is watched', () => {
  it('gets its pictures whole, from parts', () => {
    watched.begin(7n, ['jpeg'], watcher)
    take({ view: 7n, serial: 3n, part: Uint8Array.of(1, 2) })
    expect(pictures).toEqual([])
    take({ view: 7n, serial: 3n, part: Uint8Array.of(3), last: true, head })
    expect(pictures.map(({ serial, data }) => [serial, [...data]])).toEqual([[3n, [1, 2, 3]]])
  })

  it('forgets the parts of a picture of which the rest never came', () => {
    watched.begin(7n, ['jpeg'], watcher)
    take({ view: 7n, serial: 3n, part: Uint8Array.of(1, 2) })
    take({ view: 7n, serial: 4n, part: Uint8Array.of(9), last: true, head })
    expect(pictures.map(({ data }) => [...data])).toEqual([[9]])
  })

  it('is watched again over another connection, from a whole picture on', () => {
    watched.begin(7n, ['better', 'jpeg'], watcher)
    take({ view: 7n, serial: 3n, part: Uint8Array.of(1, 2) })
    watched.again()
    take({ view: 7n, serial: 3n, part: Uint8Array.of(5), last: true, head })
    expect(said).toEqual(Array(2).fill({ case: 'watch', value: { view: 7n, formats: ['better', 'jpeg'] } }))
    expect(pictures.map(({ data }) => [...data])).toEqual([[5]])
  })

  it('says why there is no picture', () => {
    watched.begin(7n, ['jpeg'], watcher)
    take({ view: 7n, last: true, failure: { code: 'refused.unknown_proxy', text: 'gone' }, ended: true })
    expect(failures).toEqual([['refused.unknown_proxy', true]])
  })

  it('is no more where it ends, and what was on its way is not waited for', () => {
    watched.begin(7n, ['jpeg'], watcher)
    watched.end(7n, watcher)
    take({ view: 7n, serial: 3n, last: true, head })
    expect(pictures).toEqual([])
    expect(said.slice(1)).toEqual([
      { case: 'watch', value: { view: 7n, stop: true } },
      { case: 'frameShown', value: { view: 7n, serial: 3n } },
    ])
  })

  it('stays another’s where somebody ended it who does not watch it any more', () => {
    watched.begin(7n, ['jpeg'], watcher)
    const other = { ...watcher }
    watched.begin(7n, ['jpeg'], other)
    watched.end(7n, watcher)
    expect(said.length).toBe(2)
  })
})
