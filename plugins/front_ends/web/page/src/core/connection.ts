/** A client at work: one socket, one mirror, and whatever waits for an answer. When the connection
 * breaks it is made anew, and what was asked for and shown then is asked for and shown again.
 *
 * Longer than other modules on purpose: what is asked, what waits for its answer, and what is asked
 * again after a break are one thing. */

import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'

import { type Command, CommandSchema, type Event, type NamedValue, type Snapshot } from '@/generated/collab_proto/v1/session_pb'
import {
  type Answer,
  type AnswerHead,
  type ClientMessageSchema,
  ClientPacketSchema,
  HelloSchema,
  PresenceSchema,
  type Query,
  QuerySchema,
  type ServerMessage,
  ServerPacketSchema,
  type Welcome,
} from '@/generated/collab_proto/v1/wire_pb'

import { joined } from './bytes'
import { CollabError, failureOf, lost, textOfError } from './failures'
import { Mirror } from './mirror'
import { Outbox } from './outbox'
import {
  Backoff,
  CAPABILITIES,
  HEARTBEAT_MS,
  Liveness,
  makesSense,
  PROTOCOL_MAXIMUM,
  PROTOCOL_MINIMUM,
  Receipts,
} from './peer'
import { MEASURED, SERVER, SESSION } from './presence'
import { Watched } from './watched'

export type CommandKind = NonNullable<MessageInitShape<typeof CommandSchema>['kind']>
export type QueryKind = NonNullable<MessageInitShape<typeof QuerySchema>['kind']>

export interface Answered {
  readonly head: AnswerHead | undefined
  readonly data: Uint8Array<ArrayBuffer>
  /** The state that it shows. */
  readonly revision: bigint
}

/** Where a connection stands. `ended` is for good, and says why. */
export type Standing =
  | { readonly kind: 'joining' }
  | { readonly kind: 'joined' }
  | { readonly kind: 'broken'; readonly error: CollabError }
  | { readonly kind: 'ended'; readonly error: CollabError }

/** What a connection tells: only that something has changed, after the mirror has it. */
export interface Listener {
  standing(standing: Standing): void
  /** The shared state. event: by what; none after a snapshot. */
  state(event?: Event): void
  presence(): void
  /** What the renderer has found out, or how far it is. */
  facts(): void
  latency(ms: number): void
  /** Whether nothing is heard from the server, although it was asked. */
  silent(is: boolean): void
  /** The server did not know this page any more: it joined as somebody new. gone: what was shared
   * before isn't there any more. */
  anew(gone: boolean): void
}

/** What of WebSocket is used here. */
export interface Socket {
  binaryType: string
  onopen: (() => void) | null
  onclose: (() => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  send(data: Uint8Array<ArrayBuffer>): void
  close(): void
}

export interface Credentials {
  readonly name: string
  readonly session: string
  readonly token: string
  readonly connectId: string
}

interface Waiting<T> {
  readonly packet: Uint8Array
  readonly resolve: (value: T) => void
  readonly reject: (error: CollabError) => void
}

type Question = Waiting<Answered> & { parts: Uint8Array[] }

export class Connection {
  readonly mirror = new Mirror()
  readonly watched = new Watched((said) => {
    if (this.standing.kind === 'joined') this.#send(packed(said))
  })
  welcome: Welcome | undefined
  standing: Standing = { kind: 'joining' }

  #socket: Socket | undefined
  #outbox = new Outbox()
  #receipts = new Receipts()
  #liveness = new Liveness(0)
  #backoff = new Backoff()
  #resumeKey = ''
  /** What I am called, to be called so again elsewhere. */
  #name: string
  #brokenMs: number | undefined
  #silent = false
  /** What revision there was when nobody knew this page any more. */
  #forgotten: bigint | undefined
  #slices: Snapshot[] = []
  #lastRequest = 0n
  readonly #requests = new Map<bigint, Waiting<bigint>>()
  #lastQuestion = 0n
  readonly #questions = new Map<bigint, Question>()
  #serial = 0n
  #timer: ReturnType<typeof setTimeout> | undefined
  #heartbeat: ReturnType<typeof setInterval> | undefined

  constructor(
    private readonly dial: () => Socket,
    private readonly credentials: Credentials,
    private readonly listener: Listener,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#name = credentials.name
  }

  /** My number; 0 before the first welcome. */
  get me(): bigint {
    return this.welcome?.participant ?? 0n
  }

  open(): void {
    this.#connect()
  }

  /** Try at once, rather than after the pause that was meant to be. */
  hurry(): void {
    if (this.standing.kind === 'broken' && this.#timer !== undefined) {
      clearTimeout(this.#timer)
      this.#connect()
    }
  }

  // -- what a client says --------------------------------------------------------------------

  /** Send a command now; the revision it led to. Rejects with its refusal. */
  command(kind: CommandKind, label = '', undoSet = 0n): Promise<bigint> {
    if (this.standing.kind === 'ended') return Promise.reject(this.standing.error)
    this.#lastRequest += 1n
    const request = this.#lastRequest
    const command: Command = create(CommandSchema, { request, label, undoSet, kind })
    const packet = packed({ case: 'command', value: command })
    return new Promise((resolve, reject) => {
      this.#requests.set(request, { packet, resolve, reject })
      if (this.standing.kind === 'joined') this.#send(packet)
    })
  }

  /** Ask a question. `cancel` makes the promise reject, and tells the server. */
  ask(kind: QueryKind): { answer: Promise<Answered>; cancel: () => void } {
    this.#lastQuestion += 1n
    const query = this.#lastQuestion
    const message: Query = create(QuerySchema, { query, kind })
    const packet = packed({ case: 'query', value: message })
    const answer = new Promise<Answered>((resolve, reject) => {
      if (this.standing.kind === 'ended') {
        reject(this.standing.error)
        return
      }
      this.#questions.set(query, { packet, resolve, reject, parts: [] })
      if (this.standing.kind === 'joined') this.#send(packet)
    })
    const cancel = () => {
      const question = this.#questions.get(query)
      if (!question) return
      this.#questions.delete(query)
      question.reject(new CollabError('renderer.cancelled', 'it is not needed any more'))
      if (this.standing.kind === 'joined') {
        this.#send(packed({ case: 'cancelQuery', value: { query } }))
      }
    }
    return { answer, cancel }
  }

  /** Show own values of a proxy to the others; the mirror has them at once. */
  show(proxy: bigint, values: NamedValue[]): void {
    const { presence } = this.mirror
    const before = presence.serial(this.me, proxy)
    this.#serial = (before > this.#serial ? before : this.#serial) + 1n
    presence.show({ participant: this.me, proxy, serial: this.#serial, values })
    this.listener.presence()
    if (this.standing.kind === 'joined') this.#show(proxy)
  }

  /** Say goodbye. */
  close(): void {
    if (this.standing.kind === 'ended') return
    if (this.standing.kind === 'joined') {
      const failure = { code: 'goodbye', text: 'the participant left' }
      const goodbye: MessageKind = { case: 'goodbye', value: { failure } }
      this.#outbox.control('goodbye', packed(goodbye))
      this.#flush()
    }
    this.#end(new CollabError('goodbye', 'you left the session'))
  }

  #show(proxy: bigint): void {
    const values = [...this.mirror.presence.own(this.me, proxy)].flatMap(([property, value]) =>
      proxy === SESSION && MEASURED.has(property) ? [] : [{ property, value }],
    )
    const serial = this.mirror.presence.serial(this.me, proxy)
    const shown = create(PresenceSchema, { participant: this.me, proxy, serial, values })
    this.#outbox.latest(`${proxy}`, packed({ case: 'presence', value: shown }))
    this.#flush()
  }

  #send(packet: Uint8Array): void {
    this.#outbox.reliable(packet)
    this.#flush()
  }

  #flush(): void {
    for (let packet; this.#socket && (packet = this.#outbox.next()); ) this.#socket.send(packet)
  }

  // -- the socket ----------------------------------------------------------------------------

  #connect(): void {
    this.#timer = undefined
    const socket = this.dial()
    socket.binaryType = 'arraybuffer'
    this.#outbox = new Outbox()
    this.#receipts = new Receipts()
    this.#slices = []
    this.#liveness = new Liveness(this.now())
    let socketIsOpen = false
    socket.onopen = () => {
      socketIsOpen = true
      this.#socket = socket
      this.#send(packed({ case: 'hello', value: this.#hello() }))
    }
    socket.onmessage = ({ data }) => {
      if (this.#socket === socket) this.#take(data)
    }
    socket.onclose = () => {
      if (this.#socket === socket || !socketIsOpen) {
        this.#broke(lost(socketIsOpen ? 'the connection broke' : 'the server does not answer'))
      }
    }
    clearInterval(this.#heartbeat)
    let lookedMs = this.now()
    this.#heartbeat = setInterval(() => {
      // Whoever was asleep has heard nothing: that says nothing of the server.
      const slept = this.now() - lookedMs > 2 * HEARTBEAT_MS
      lookedMs = this.now()
      if (slept) this.#liveness.heard(lookedMs)
      if (this.#liveness.dead(lookedMs)) {
        this.#drop(socket)
        this.#broke(lost('nothing was heard from the server'))
      } else if (this.#socket) {
        this.#hears(!this.#liveness.silent(lookedMs))
        const serial = this.#liveness.ping(lookedMs)
        this.#outbox.control('ping', packed({ case: 'ping', value: { serial } }))
        this.#flush()
      }
    }, HEARTBEAT_MS)
  }

  #hello() {
    const { session, token, connectId } = this.credentials
    const first = Math.min(...[...this.#requests.keys()].map(Number), Number(this.#lastRequest) + 1)
    const returns = this.#resumeKey
      ? {
          resumeParticipant: this.me,
          resumeKey: this.#resumeKey,
          seenRevision: this.mirror.state.revision,
          answered: BigInt(first - 1),
        }
      : {}
    return create(HelloSchema, {
      protocolMinimum: PROTOCOL_MINIMUM,
      protocolMaximum: PROTOCOL_MAXIMUM,
      capabilities: CAPABILITIES,
      frontEnd: 'web',
      name: this.#name,
      session: this.welcome?.session ?? session, // the default one may be another by now
      token,
      connectId,
      ...returns,
    })
  }

  #drop(socket: Socket | undefined): void {
    if (!socket) return
    socket.onopen = socket.onclose = socket.onmessage = null
    socket.close()
    if (this.#socket === socket) this.#socket = undefined
  }

  #hears(something: boolean): void {
    if (this.#silent !== something) return
    this.#silent = !something
    this.listener.silent(this.#silent)
  }

  #broke(error: CollabError): void {
    this.#hears(true)
    this.#drop(this.#socket)
    clearInterval(this.#heartbeat)
    this.#slices = []
    let reason = error
    if (error.code === 'refused.resume_failed') {
      // Another server, or too late: what was on its way has no answer any more.
      this.#forget(lost('the server does not know this page any more: you joined anew'))
      reason = lost('the session was restarted')
    }
    if (!makesSense(reason.code)) {
      this.#end(reason)
      return
    }
    const nowMs = this.now()
    this.#brokenMs ??= nowMs
    // Attempts that fail say less than what it began with: that the server restarts, say.
    if (this.standing.kind !== 'broken') this.#stand({ kind: 'broken', error: reason })
    const pause = this.#backoff.pauseMs(nowMs - this.#brokenMs, Math.random())
    this.#timer = setTimeout(() => {
      this.#connect()
    }, pause)
  }

  /** Join as somebody new: nobody remembers who this was. */
  #forget(error: CollabError): void {
    this.#name = this.mirror.state.participant(this.me)?.name ?? this.#name
    this.#resumeKey = ''
    this.#lastRequest = 0n
    // Questions, too, are about what was there.
    for (const { reject } of [...this.#requests.values(), ...this.#questions.values()]) reject(error)
    this.#requests.clear()
    this.#questions.clear()
    this.#forgotten = this.mirror.state.revision
    this.mirror.load(0n, [])
  }

  #end(error: CollabError): void {
    this.#drop(this.#socket)
    clearInterval(this.#heartbeat)
    clearTimeout(this.#timer)
    this.#stand({ kind: 'ended', error })
    for (const { reject } of [...this.#requests.values(), ...this.#questions.values()]) reject(error)
    this.#requests.clear()
    this.#questions.clear()
  }

  #stand(standing: Standing): void {
    this.standing = standing
    this.listener.standing(standing)
  }

  // -- what arrives --------------------------------------------------------------------------

  #take(data: unknown): void {
    try {
      if (!(data instanceof ArrayBuffer)) throw new CollabError('protocol.remote', 'that is no packet')
      this.#liveness.heard(this.now())
      this.#hears(true)
      const packet = fromBinary(ServerPacketSchema, new Uint8Array(data))
      for (const message of packet.messages) this.#handle(message)
      const packets = this.#receipts.took(data.byteLength)
      if (packets !== undefined) {
        this.#outbox.control('credit', packed({ case: 'credit', value: { packets } }))
      }
      this.#flush()
    } catch (error) {
      if (error instanceof CollabError) this.#broke(error)
      else this.#broke(new CollabError('protocol.remote', textOfError(error)))
    }
  }

  #handle({ kind }: ServerMessage): void {
    switch (kind.case) {
      case 'event':
        this.mirror.fold(kind.value)
        if (kind.value.author === this.me) this.#acknowledge(kind.value.request, kind.value.revision)
        this.listener.state(kind.value)
        break
      case 'presence':
        this.mirror.shown(kind.value)
        this.listener.presence()
        break
      case 'derived':
        this.mirror.learned(kind.value)
        this.listener.facts()
        break
      case 'progress':
        this.mirror.progressed(kind.value)
        this.listener.facts()
        break
      case 'reply': {
        const { request, revision, failure } = kind.value
        this.#acknowledge(request, revision, failure && failureOf(failure))
        break
      }
      case 'answer':
        this.#gather(kind.value)
        break
      case 'frame':
        this.watched.take(kind.value)
        break
      case 'snapshot':
        this.#load(kind.value)
        break
      case 'welcome':
        this.#welcomed(kind.value)
        break
      case 'goodbye':
        throw kind.value.failure ? failureOf(kind.value.failure) : lost('the server said goodbye')
      case 'credit':
        this.#outbox.credit(kind.value.packets)
        break
      case 'ping':
        this.#outbox.control('pong', packed({ case: 'pong', value: { serial: kind.value.serial } }))
        break
      case 'pong': {
        const ms = this.#liveness.ponged(kind.value.serial, this.now())
        if (ms !== undefined) this.listener.latency(ms)
        break
      }
      case 'blobStored':
      case undefined: // a kind that is newer than this page
        break
    }
  }

  #welcomed(welcome: Welcome): void {
    if (welcome.protocol < PROTOCOL_MINIMUM || welcome.protocol > PROTOCOL_MAXIMUM) {
      const text = `the server chose protocol version ${welcome.protocol}: reload this page`
      throw new CollabError('protocol.version_mismatch', text)
    }
    const returns = this.#resumeKey !== ''
    if (returns && !(welcome.resumed && welcome.participant === this.me)) {
      throw new CollabError('protocol.remote', 'the server let us in as somebody else')
    }
    this.welcome = welcome
    if (welcome.resumeKey) this.#resumeKey = welcome.resumeKey
    if (!returns) return // the snapshot follows
    this.#resume(welcome.decided)
  }

  /** Go on where the connection broke. */
  #resume(decided: bigint): void {
    const { presence } = this.mirror
    // Whoever is here is shown again.
    presence.keep((participant) => participant === this.me || participant === SERVER)
    this.mirror.progress.clear()
    this.#stands()
    const forgotten: bigint[] = []
    for (const [request, { packet }] of this.#requests) {
      if (request > decided) this.#send(packet)
      else forgotten.push(request)
    }
    if (forgotten.length) void this.#giveUp(forgotten)
    this.#askAgain()
    for (const proxy of presence.proxiesOf(this.me)) this.#show(proxy)
    this.watched.again()
    this.listener.state()
    this.listener.presence()
  }

  /** Once all answers have come that the server still had. */
  async #giveUp(requests: readonly bigint[]): Promise<void> {
    try {
      await this.command({ case: 'sync', value: {} })
    } catch {
      return // broken again: the next welcome says which are forgotten
    }
    const error = lost('the connection broke, and the server does not know any more what became of this')
    for (const request of requests) this.#acknowledge(request, 0n, error)
  }

  #askAgain(): void {
    for (const question of this.#questions.values()) {
      question.parts = []
      this.#send(question.packet)
    }
  }

  #stands(): void {
    this.#brokenMs = undefined
    this.#backoff = new Backoff()
    this.#stand({ kind: 'joined' })
  }

  /** Whether the server sends pictures by itself. */
  get pushesFrames(): boolean {
    return this.welcome?.capabilities.includes('frames') ?? false
  }

  #load(slice: Snapshot): void {
    this.#slices.push(slice)
    if (!slice.last) return
    this.mirror.load(
      slice.revision,
      this.#slices.flatMap(({ rows }) => rows),
    )
    this.#slices = []
    if (this.standing.kind !== 'joined') {
      this.#stands()
      for (const { packet } of this.#requests.values()) this.#send(packet)
      this.#askAgain()
      this.watched.again()
    }
    this.listener.state()
    this.listener.presence()
    this.listener.facts()
    if (this.#forgotten !== undefined) this.listener.anew(slice.revision < this.#forgotten)
    this.#forgotten = undefined
  }

  #acknowledge(request: bigint, revision: bigint, error?: CollabError): void {
    const waiting = this.#requests.get(request)
    if (!waiting) return
    this.#requests.delete(request)
    if (error) waiting.reject(error)
    else waiting.resolve(revision)
  }

  #gather({ query, part, last, revision, failure, head }: Answer): void {
    const question = this.#questions.get(query)
    if (!question) return // it was cancelled
    if (part.length) question.parts.push(part)
    if (!last) return
    this.#questions.delete(query)
    if (failure) question.reject(failureOf(failure))
    else question.resolve({ head, data: joined(question.parts), revision })
  }
}

type MessageKind = NonNullable<MessageInitShape<typeof ClientMessageSchema>['kind']>

/** A packet of one message. */
function packed(kind: MessageKind): Uint8Array {
  return toBinary(ClientPacketSchema, create(ClientPacketSchema, { messages: [{ kind }] }))
}
