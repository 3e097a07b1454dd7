import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { Connection, type Listener, type Standing } from '@/core/connection'
import type { Socket } from '@/core/link'
import { CollabError } from '@/core/failures'
import { booleans, doubles, named } from '@/core/values'
import {
  type ClientMessage,
  ClientPacketSchema,
  ServerPacketSchema,
  type ServerMessageSchema,
} from '@/generated/collab_proto/v1/wire_pb'
import { EventSchema } from '@/generated/collab_proto/v1/session_pb'

import { mirrorOf, rowsOf, VIEW } from './session'

/** The other end of a connection, by hand. */
class FakeSocket implements Socket {
  binaryType = ''
  onopen: (() => void) | null = null
  onclose: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  closed = false
  readonly said: ClientMessage[] = []

  send(data: Uint8Array<ArrayBuffer>): void {
    this.said.push(...fromBinary(ClientPacketSchema, data).messages)
  }

  close(): void {
    this.closed = true
  }

  /** Something arrives, whatever it is. */
  comes(data: unknown): void {
    this.onmessage?.({ data })
  }

  tell(...kinds: NonNullable<MessageInitShape<typeof ServerMessageSchema>['kind']>[]): void {
    const packet = create(ServerPacketSchema, { messages: kinds.map((kind) => ({ kind })) })
    const { buffer } = Uint8Array.from(toBinary(ServerPacketSchema, packet))
    this.onmessage?.({ data: buffer })
  }

  /** The messages of one kind that came so far. */
  of<C extends NonNullable<ClientMessage['kind']['case']>>(kind: C) {
    type Kind = Extract<ClientMessage['kind'], { case: C }>
    return this.said.flatMap((message) => (message.kind.case === kind ? [message.kind.value as Kind['value']] : []))
  }
}

class World implements Listener {
  readonly sockets: FakeSocket[] = []
  readonly standings: Standing['kind'][] = []
  readonly pings: number[] = []
  readonly silences: boolean[] = []
  readonly anews: boolean[] = []
  states = 0
  nowMs = 0
  /** What dialling leads to, in place of a socket. */
  failure: Error | undefined
  readonly connection = new Connection(
    () => {
      if (this.failure) throw this.failure
      const socket = new FakeSocket()
      this.sockets.push(socket)
      return socket
    },
    { name: 'Ada', session: 'main', token: 'secret', connectId: '' },
    this,
    () => this.nowMs,
  )

  get socket(): FakeSocket {
    return this.sockets.at(-1)!
  }

  standing({ kind }: Standing): void {
    this.standings.push(kind)
  }
  state(): void {
    this.states++
  }
  presence(): void {}
  facts(): void {}
  latency(ms: number): void {
    this.pings.push(ms)
  }
  silent(is: boolean): void {
    this.silences.push(is)
  }
  anew(gone: boolean): void {
    this.anews.push(gone)
  }

  /** Let in as participant 1, who steers, beside participant 2. */
  join(): void {
    this.connection.open()
    this.socket.onopen?.()
    this.socket.tell(
      { case: 'welcome', value: { protocol: 1, participant: 1n, resumeKey: 'key' } },
      { case: 'snapshot', value: { revision: 1n, rows: rowsOf([{}, {}], 1n), last: true } },
    )
  }

  /** The connection breaks, and the next one is opened. */
  async breaks(): Promise<void> {
    this.socket.onclose?.()
    await vi.advanceTimersByTimeAsync(2_000)
    this.socket.onopen?.()
  }
}

let world: World
beforeEach(() => {
  vi.useFakeTimers()
  world = new World()
})
afterEach(() => {
  world.connection.close()
  vi.useRealTimers()
})

const event = (revision: bigint, author = 2n, request = 0n) =>
  create(EventSchema, { revision, author, request })

it('what the server has measured of me is nothing that I show', () => {
  world.join()
  world.socket.tell({ case: 'presence', value: { participant: 1n, values: [named('Latency', doubles(0.1))] } })
  world.connection.show(0n, [named('Typing', booleans(true))])
  expect(world.socket.of('presence').at(-1)?.values.map(({ property }) => property)).toEqual(['Typing'])
})

describe('joining', () => {
  it('says hello first, and stands with the last slice of the snapshot', () => {
    world.connection.open()
    world.socket.onopen?.()
    const [hello] = world.socket.of('hello')
    expect(hello).toMatchObject({ name: 'Ada', token: 'secret', frontEnd: 'web', capabilities: ['resume', 'frames'] })
    world.socket.tell({ case: 'welcome', value: { protocol: 1, participant: 1n } })
    const rows = rowsOf([{}, {}], 1n)
    world.socket.tell({ case: 'snapshot', value: { revision: 1n, rows: rows.slice(0, 1) } })
    expect(world.standings).toEqual([])
    world.socket.tell({ case: 'snapshot', value: { revision: 1n, rows: rows.slice(1), last: true } })
    expect(world.standings).toEqual(['joined'])
    expect(world.connection.mirror.state.participants().length).toBe(2)
  })

  it('ends for good where the server says no', () => {
    world.connection.open()
    world.socket.onopen?.()
    world.socket.tell({ case: 'goodbye', value: { failure: { code: 'refused.session_full', text: 'full' } } })
    expect(world.connection.standing).toMatchObject({ kind: 'ended', error: { message: 'full' } })
    expect(world.socket.closed).toBe(true)
  })

  it('ends where there is no such address', () => {
    world.failure = new Error('An insecure connection may not be made from a page over HTTPS')
    world.connection.open()
    expect(world.connection.standing).toMatchObject({ kind: 'ended', error: { code: 'transport.address', message: world.failure.message } })
  })

  it.each([
    ['event before the snapshot', { case: 'event', value: { revision: 1n, author: 2n } }],
    ['second welcome', { case: 'welcome', value: { protocol: 1, participant: 2n } }],
  ] as const)('takes no %s', (_, kind) => {
    world.connection.open()
    world.socket.onopen?.()
    world.socket.tell({ case: 'welcome', value: { protocol: 1, participant: 1n } }, kind)
    expect(world.connection.standing).toMatchObject({ kind: 'ended', error: { code: 'protocol.remote' } })
  })

  it('takes nothing before a welcome', () => {
    world.connection.open()
    world.socket.onopen?.()
    world.socket.tell({ case: 'snapshot', value: { revision: 1n, rows: rowsOf([{}, {}], 1n), last: true } })
    expect(world.standings).toEqual(['ended'])
  })

  it.each([
    ['text', 'hello', 'protocol.remote'],
    ['garbage', Uint8Array.of(0xff, 0xff).buffer, 'protocol.remote'],
    ['packet that is larger than any may be', new ArrayBuffer(16 * 1024 * 1024 + 1), 'transport.message_too_large'],
  ])('takes no %s', (_, data, code) => {
    world.join()
    world.socket.comes(data)
    expect(world.connection.standing).toMatchObject({ kind: 'ended', error: { code } })
    expect(world.socket.closed).toBe(true)
  })

  it('shows nothing before there is somebody whose it would be', () => {
    world.connection.open()
    world.connection.show(0n, [named('Typing', booleans(true))])
    expect(world.connection.mirror.presence.own(0n, 0n).size).toBe(0)
  })

  it('ends where the server chose a protocol that the page does not speak', () => {
    world.connection.open()
    world.socket.onopen?.()
    world.socket.tell({ case: 'welcome', value: { protocol: 9, participant: 1n } })
    expect(world.connection.standing).toMatchObject({ error: { code: 'protocol.version_mismatch' } })
  })
})

describe('commands', () => {
  it('are answered by their event, or by a refusal', async () => {
    world.join()
    const first = world.connection.command({ case: 'chat', value: { text: 'one' } })
    const second = world.connection.command({ case: 'chat', value: { text: 'two' } })
    expect(world.socket.of('command').map(({ request }) => request)).toEqual([1n, 2n])
    world.socket.tell({ case: 'event', value: event(2n, 1n, 1n) })
    await expect(first).resolves.toBe(2n)
    const failure = { code: 'refused.not_master', text: 'Bob steers' }
    world.socket.tell({ case: 'reply', value: { request: 2n, revision: 2n, failure } })
    await expect(second).rejects.toThrow('Bob steers')
  })

  it('go on after a break: what was decided is answered, the rest is sent again', async () => {
    world.join()
    const decided = world.connection.command({ case: 'chat', value: { text: 'one' } })
    const lost = world.connection.command({ case: 'chat', value: { text: 'two' } })
    await world.breaks()
    const later = world.connection.command({ case: 'chat', value: { text: 'three' } })
    const [hello] = world.socket.of('hello')
    expect(hello).toMatchObject({ resumeParticipant: 1n, resumeKey: 'key', seenRevision: 1n, answered: 0n })
    world.socket.tell({ case: 'welcome', value: { protocol: 1, participant: 1n, resumed: true, decided: 1n } })
    expect(world.socket.of('command').map(({ request }) => request).slice(0, 2)).toEqual([2n, 3n])
    world.socket.tell(
      { case: 'event', value: event(2n, 1n, 1n) },
      { case: 'event', value: event(3n, 1n, 2n) },
      { case: 'event', value: event(4n, 1n, 3n) },
    )
    await expect(Promise.all([decided, lost, later])).resolves.toEqual([2n, 3n, 4n])
  })

  it('that are larger than the server takes are refused here, and the connection stands', async () => {
    world.join()
    const text = 'x'.repeat(600_000)
    await expect(world.connection.command({ case: 'chat', value: { text } })).rejects.toMatchObject({
      code: 'refused.invalid_command',
    })
    const next = world.connection.command({ case: 'chat', value: { text: 'short' } })
    expect(world.socket.of('command').map(({ request }) => request)).toEqual([1n])
    world.socket.tell({ case: 'event', value: event(2n, 1n, 1n) })
    await expect(next).resolves.toBe(2n)
  })

  it('that are given meanwhile wait, and the server is told what is answered', async () => {
    world.join()
    const first = world.connection.command({ case: 'chat', value: { text: 'one' } })
    world.socket.tell({ case: 'event', value: event(2n, 1n, 1n) })
    await first
    world.socket.onclose?.()
    void world.connection.command({ case: 'chat', value: { text: 'two' } }).catch(() => undefined)
    await vi.advanceTimersByTimeAsync(2_000)
    world.socket.onopen?.()
    expect(world.socket.of('hello')[0]).toMatchObject({ answered: 1n, seenRevision: 2n })
  })

  it('that were decided, and whose answer is forgotten, are given up', async () => {
    world.join()
    const outcome = expect(world.connection.command({ case: 'chat', value: { text: 'one' } })).rejects.toThrow(
      'does not know any more',
    )
    await world.breaks()
    world.socket.tell({ case: 'welcome', value: { protocol: 1, participant: 1n, resumed: true, decided: 1n } })
    const [sync] = world.socket.of('command')
    expect(sync?.kind.case).toBe('sync')
    world.socket.tell({ case: 'reply', value: { request: sync!.request, revision: 1n } })
    await outcome
  })
})

describe('questions', () => {
  it('are answered in parts, and asked again after a break', async () => {
    world.join()
    const { answer } = world.connection.ask({ case: 'listFiles', value: { path: '' } })
    world.socket.tell({ case: 'answer', value: { query: 1n, part: Uint8Array.of(9) } })
    await world.breaks()
    world.socket.tell({ case: 'welcome', value: { protocol: 1, participant: 1n, resumed: true } })
    expect(world.socket.of('query').map(({ query }) => query)).toEqual([1n])
    world.socket.tell(
      { case: 'answer', value: { query: 1n, part: Uint8Array.of(1, 2) } },
      { case: 'answer', value: { query: 1n, part: Uint8Array.of(3), last: true, revision: 7n } },
    )
    expect(await answer).toMatchObject({ data: Uint8Array.of(1, 2, 3), revision: 7n })
  })

  it('whose answer grows beyond all bounds are given up, and the server is told', async () => {
    world.join()
    const { answer } = world.connection.ask({ case: 'listFiles', value: {} })
    const outcome = expect(answer).rejects.toMatchObject({ code: 'transport.message_too_large' })
    const part = new Uint8Array(15 * 1024 * 1024)
    for (let i = 0; i < 9; i++) world.socket.tell({ case: 'answer', value: { query: 1n, part } })
    await outcome
    expect(world.socket.of('cancelQuery').map(({ query }) => query)).toEqual([1n])
    expect(world.connection.standing.kind).toBe('joined')
  })

  it('that are cancelled reject, and the server is told', async () => {
    world.join()
    const { answer, cancel } = world.connection.ask({ case: 'listFiles', value: {} })
    cancel()
    await expect(answer).rejects.toBeInstanceOf(CollabError)
    expect(world.socket.of('cancelQuery').map(({ query }) => query)).toEqual([1n])
    world.socket.tell({ case: 'answer', value: { query: 1n, last: true } })
  })
})

describe('presence', () => {
  it('of one’s own is shown again after a break, that of others is forgotten', async () => {
    world.join()
    const { presence } = world.connection.mirror
    world.connection.show(VIEW, [named('CameraPosition', doubles(1, 2, 3))])
    const values = [{ property: 'Typing', value: booleans(true) }]
    world.socket.tell({ case: 'presence', value: { participant: 2n, proxy: 0n, serial: 1n, values } })
    expect(presence.own(2n, 0n).size).toBe(1)
    await world.breaks()
    world.socket.tell({ case: 'welcome', value: { protocol: 1, participant: 1n, resumed: true } })
    expect(presence.own(2n, 0n).size).toBe(0)
    expect(world.socket.of('presence')).toMatchObject([{ participant: 1n, proxy: VIEW }])
  })

  it('of a proxy that is not there, or of somebody who is not, is not taken in', () => {
    world.join()
    const values = [{ property: 'Typing', value: booleans(true) }]
    world.socket.tell({ case: 'presence', value: { participant: 9n, proxy: 0n, serial: 1n, values } })
    world.socket.tell({ case: 'presence', value: { participant: 2n, proxy: 77n, serial: 1n, values } })
    const { presence } = world.connection.mirror
    expect([presence.own(9n, 0n).size, presence.own(2n, 77n).size]).toEqual([0, 0])
  })
})

describe('a connection', () => {
  it('answers pings, and knows how long its own take', async () => {
    world.join()
    world.socket.tell({ case: 'ping', value: { serial: 5n } })
    expect(world.socket.of('pong')).toMatchObject([{ serial: 5n }])
    world.nowMs = 2_500
    await vi.advanceTimersByTimeAsync(2_500)
    const [ping] = world.socket.of('ping')
    world.nowMs = 2_540
    world.socket.tell({ case: 'pong', value: { serial: ping!.serial } })
    expect(world.pings).toEqual([40])
  })

  it('is made anew when nothing was heard for ten seconds', async () => {
    world.join()
    for (let i = 0; i < 5; i++) {
      world.nowMs += 2_500
      await vi.advanceTimersByTimeAsync(2_500)
    }
    expect(world.standings).toEqual(['joined', 'broken'])
    await vi.advanceTimersByTimeAsync(200)
    expect(world.sockets.length).toBe(2)
  })

  it('that ended says no more, and nothing more of it is heard', async () => {
    world.join()
    const [first] = world.sockets
    await world.breaks()
    const said = first!.said.length
    const states = world.states
    first!.tell({ case: 'event', value: event(2n) })
    first!.onclose?.()
    await vi.advanceTimersByTimeAsync(2_500)
    expect([first!.said.length, world.states, world.sockets.length]).toEqual([said, states, 2])
  })

  it('that is left while it is made anew does not come to be', async () => {
    world.join()
    world.socket.onclose?.()
    await vi.advanceTimersByTimeAsync(2_000)
    world.connection.close()
    world.socket.onopen?.()
    world.socket.onclose?.()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(world.socket.closed).toBe(true)
    expect(world.sockets.map(({ said }) => said.some(({ kind }) => kind.case === 'hello'))).toEqual([true, false])
    expect(world.standings.at(-1)).toBe('ended')
  })

  it('is tried again within two seconds for a minute, and at once where one asks for it', async () => {
    world.join()
    world.socket.onclose?.()
    for (let attempt = 2; attempt < 30; attempt++) {
      world.nowMs += 2_000
      await vi.advanceTimersByTimeAsync(2_000)
      expect(world.sockets.length).toBe(attempt)
      world.socket.onclose?.()
    }
    world.connection.hurry()
    expect(world.sockets.length).toBe(30)
    world.connection.hurry() // it is under way
    expect(world.sockets.length).toBe(30)
  })

  it('that stands for moments only is made anew ever more slowly', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    world.join()
    for (const pauseMs of [100, 200, 400, 800]) {
      world.socket.onclose?.()
      const before = world.sockets.length
      await vi.advanceTimersByTimeAsync(pauseMs - 1)
      expect(world.sockets.length).toBe(before)
      await vi.advanceTimersByTimeAsync(1)
      expect(world.sockets.length).toBe(before + 1)
      world.socket.onopen?.()
      world.socket.tell({ case: 'welcome', value: { protocol: 1, participant: 1n, resumed: true } })
    }
    world.nowMs += 20_000
    world.socket.onclose?.()
    await vi.advanceTimersByTimeAsync(100)
    expect(world.sockets.length).toBe(6)
    vi.restoreAllMocks()
  })

  it.each(['while it stands', 'between two attempts'])('leaves no timer behind when it is left %s', (when) => {
    world.join()
    if (when !== 'while it stands') world.socket.onclose?.()
    world.connection.close()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('says when the server leaves a question unanswered, until anything is heard of it', async () => {
    world.join()
    for (let i = 0; i < 2; i++) {
      expect(world.silences).toEqual([])
      world.nowMs += 2_500
      await vi.advanceTimersByTimeAsync(2_500)
    }
    expect(world.silences).toEqual([true])
    world.socket.tell({ case: 'event', value: event(2n) })
    expect(world.silences).toEqual([true, false])
    expect(world.standings).toEqual(['joined'])
  })

  it('ends for good when an event comes out of its turn', () => {
    world.join()
    world.socket.tell({ case: 'event', value: event(5n) })
    expect(world.connection.standing).toMatchObject({ kind: 'ended', error: { code: 'protocol.remote' } })
  })

  it('joins a server that does not know it as somebody new, under the same name', async () => {
    world.join()
    const outcome = expect(world.connection.command({ case: 'chat', value: { text: 'one' } })).rejects.toThrow(
      'joined anew',
    )
    await world.breaks()
    const failure = { code: 'refused.resume_failed', text: 'nobody is called that' }
    world.connection.show(VIEW, [named('CameraPosition', doubles(1, 2, 3))])
    world.socket.tell({ case: 'goodbye', value: { failure } })
    await outcome
    // What was shared is seen until there is something else; whose it was says nothing there.
    expect(world.connection.mirror.state.participants().length).toBe(2)
    world.connection.show(VIEW, [named('CameraPosition', doubles(4, 5, 6))])
    expect(world.connection.mirror.presence.own(1n, VIEW).size).toBe(0)
    await expect(world.connection.command({ case: 'chat', value: { text: 'two' } })).rejects.toThrow('joined anew')
    await vi.advanceTimersByTimeAsync(2_000)
    world.socket.onopen?.()
    const [hello] = world.socket.of('hello')
    expect(hello).toMatchObject({ name: 'User 1', resumeKey: '', resumeParticipant: 0n, seenRevision: 0n })
    expect(world.anews).toEqual([])
    const welcome = { protocol: 1, participant: 1n, resumeKey: 'new' }
    const rows = rowsOf([{}], 1n)
    world.socket.tell({ case: 'welcome', value: welcome }, { case: 'snapshot', value: { revision: 0n, rows, last: true } })
    expect(world.anews).toEqual([true])
  })

  it('does not come back after it was left', async () => {
    world.join()
    world.connection.close()
    expect(world.socket.of('goodbye').length).toBe(1)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(world.sockets.length).toBe(1)
    await expect(world.connection.command({ case: 'sync', value: {} })).rejects.toThrow('you left')
  })
})

it('a mirror made by hand has what a joined one has', () => {
  world.join()
  const { state } = world.connection.mirror
  expect(state.participants()).toEqual(mirrorOf([{}, {}], 1n).state.participants())
})
