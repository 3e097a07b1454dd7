/** A client at work: one mirror, and a link to the server that is made anew whenever it breaks. What
 * was asked for and shown then is asked for and shown again. */

import { create } from '@bufbuild/protobuf'

import type { Event, NamedValue, Snapshot } from '@/generated/collab_proto/v1/session_pb'
import { HelloSchema, PresenceSchema, type ServerMessage, type Welcome } from '@/generated/collab_proto/v1/wire_pb'

import { CollabError, failureOf, lost, textOfError } from './failures'
import { Link, type Socket } from './link'
import { Mirror } from './mirror'
import { packed } from './packets'
import { CAPABILITIES, makesSense, PROTOCOL_MAXIMUM, PROTOCOL_MINIMUM } from './peer'
import { MEASURED, SERVER, SESSION } from './presence'
import { type Ask, Questions } from './questions'
import { Reconnection } from './reconnection'
import { type CommandKind, Requests } from './requests'
import { Slices } from './slices'
import { Watched } from './watched'

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

export interface Credentials {
  readonly name: string
  readonly session: string
  readonly token: string
  readonly connectId: string
}

export class Connection {
  readonly mirror = new Mirror()
  readonly watched = new Watched((said) => this.#tell(packed(said)))
  welcome: Welcome | undefined
  standing: Standing = { kind: 'joining' }

  #link: Link | undefined
  /** Whether the server has let us in over this link. */
  #welcomed = false
  readonly #requests = new Requests((packet) => this.#tell(packet))
  readonly #questions = new Questions((packet) => this.#tell(packet))
  #slices = new Slices()
  readonly #reconnection: Reconnection
  #resumeKey = ''
  /** What I am called, to be called so again elsewhere. */
  #name: string
  /** Why nobody is asked, and what revision there was, when nobody knew this page any more. */
  #forgotten: { readonly error: CollabError; readonly revision: bigint } | undefined
  #serial = 0n

  constructor(
    private readonly dial: () => Socket,
    private readonly credentials: Credentials,
    private readonly listener: Listener,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#name = credentials.name
    this.#reconnection = new Reconnection(() => this.open(), now)
  }

  /** My number; 0 before the first welcome. */
  get me(): bigint {
    return this.welcome?.participant ?? 0n
  }

  /** Whether the server sends pictures by itself. */
  get pushesFrames(): boolean {
    return this.welcome?.capabilities.includes('frames') ?? false
  }

  /** Try at once, rather than after the pause that was meant to be. */
  hurry(): void {
    this.#reconnection.hurry()
  }

  // -- what a client says --------------------------------------------------------------------

  /** Send a command now; the revision it led to. Rejects with its refusal. */
  command(kind: CommandKind, label = '', undoSet = 0n): Promise<bigint> {
    const error = this.#lost
    return error ? Promise.reject(error) : this.#requests.begin(kind, label, undoSet)
  }

  /** Ask a question. `cancel` makes the promise reject, and tells the server. */
  readonly ask: Ask = (kind) => {
    const error = this.#lost
    if (error) return { answer: Promise.reject(error), cancel: () => undefined }
    return this.#questions.ask(kind)
  }

  /** Show own values of a proxy to the others; the mirror has them at once. */
  show(proxy: bigint, values: NamedValue[]): void {
    if (!this.welcome || this.#lost) return // there is nobody yet of whom they would be
    const { presence } = this.mirror
    const before = presence.serial(this.me, proxy)
    this.#serial = (before > this.#serial ? before : this.#serial) + 1n
    presence.show({ participant: this.me, proxy, serial: this.#serial, values })
    this.listener.presence()
    this.#show(proxy)
  }

  /** Say goodbye. */
  close(): void {
    if (this.standing.kind === 'ended') return
    if (this.standing.kind === 'joined') {
      this.#link?.end(packed({ case: 'goodbye', value: { failure: { code: 'goodbye', text: 'the participant left' } } }))
    }
    this.#end(new CollabError('goodbye', 'you left the session'))
  }

  /** Why there is nobody to ask; undefined: there is, or will be. */
  get #lost(): CollabError | undefined {
    return this.standing.kind === 'ended' ? this.standing.error : this.#forgotten?.error
  }

  /** Say it if the connection stands; else it is said when it does. */
  #tell(packet: Uint8Array): void {
    if (this.standing.kind === 'joined') this.#link?.send(packet)
  }

  #show(proxy: bigint): void {
    if (this.standing.kind !== 'joined') return
    const values = [...this.mirror.presence.own(this.me, proxy)].flatMap(([property, value]) =>
      proxy === SESSION && MEASURED.has(property) ? [] : [{ property, value }],
    )
    const serial = this.mirror.presence.serial(this.me, proxy)
    const shown = create(PresenceSchema, { participant: this.me, proxy, serial, values })
    this.#link?.sendLatest(`${proxy}`, packed({ case: 'presence', value: shown }))
  }

  // -- coming and going ----------------------------------------------------------------------

  /** Connect, and say who comes. */
  open(): void {
    this.#slices = new Slices()
    this.#welcomed = false
    let socket: Socket
    try {
      socket = this.dial()
    } catch (error) {
      this.#end(new CollabError('transport.address', textOfError(error)))
      return
    }
    const { listener } = this
    const link = new Link(
      socket,
      {
        opened: () => link.send(packed({ case: 'hello', value: this.#hello() })),
        heard: (message) => this.#handle(message),
        latency: (ms) => listener.latency(ms),
        silent: (is) => listener.silent(is),
        ended: (error) => this.#broke(error),
      },
      this.now,
    )
    this.#link = link
  }

  #hello() {
    const { session, token, connectId } = this.credentials
    const returns = this.#resumeKey
      ? {
          resumeParticipant: this.me,
          resumeKey: this.#resumeKey,
          seenRevision: this.mirror.state.revision,
          answered: this.#requests.answered,
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

  #broke(error: CollabError): void {
    let reason = error
    if (error.code === 'refused.resume_failed' && this.#resumeKey) {
      // Another server, or too late: what was on its way has no answer any more.
      this.#forget(lost('the server does not know this page any more: you joined anew'))
      reason = lost('the session was restarted')
    }
    if (!makesSense(reason.code)) {
      this.#end(reason)
      return
    }
    this.#reconnection.breaks()
    // Attempts that fail say less than what it began with: that the server restarts, say.
    if (this.standing.kind !== 'broken') this.#stand({ kind: 'broken', error: reason })
  }

  /** Nobody remembers who this was: join as somebody new. What was shared is seen until then. */
  #forget(error: CollabError): void {
    const { state } = this.mirror
    this.#name = state.participant(this.me)?.name ?? this.#name
    this.#resumeKey = ''
    this.#forgotten ??= { error, revision: state.revision }
    this.mirror.forget()
    this.#requests.fail(error)
    this.#questions.fail(error) // they, too, are about what was there
  }

  #end(error: CollabError): void {
    this.#link?.end()
    this.#reconnection.stop()
    this.#stand({ kind: 'ended', error })
    this.#requests.fail(error)
    this.#questions.fail(error)
  }

  #stand(standing: Standing): void {
    this.standing = standing
    this.listener.standing(standing)
  }

  #stands(): void {
    this.#reconnection.stands()
    this.#stand({ kind: 'joined' })
  }

  // -- what arrives --------------------------------------------------------------------------

  #handle({ kind }: ServerMessage): void {
    if (!this.#welcomed && kind.case !== 'welcome') {
      if (kind.case === undefined) return
      throw new CollabError('protocol.remote', `the server began with ${kind.case} in place of a welcome`)
    }
    switch (kind.case) {
      case 'event':
        if (this.standing.kind !== 'joined') throw new CollabError('protocol.remote', 'an event came before the snapshot')
        this.mirror.fold(kind.value)
        if (kind.value.author === this.me) this.#requests.settle(kind.value.request, kind.value.revision)
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
        this.#requests.settle(request, revision, failure && failureOf(failure))
        break
      }
      case 'answer':
        this.#questions.take(kind.value)
        break
      case 'frame':
        this.watched.take(kind.value)
        break
      case 'snapshot':
        this.#load(kind.value)
        break
      case 'welcome':
        this.#enter(kind.value)
        break
      case 'blobStored': // of what this page never sends
      case 'credit': // these four are the link's own
      case 'ping':
      case 'pong':
      case 'goodbye':
      case undefined: // a kind that is newer than this page
        break
    }
  }

  #enter(welcome: Welcome): void {
    if (this.#welcomed) throw new CollabError('protocol.remote', 'the server let us in twice')
    if (welcome.protocol < PROTOCOL_MINIMUM || welcome.protocol > PROTOCOL_MAXIMUM) {
      const text = `the server chose protocol version ${welcome.protocol}: reload this page`
      throw new CollabError('protocol.version_mismatch', text)
    }
    const returns = this.#resumeKey !== ''
    if (returns && !(welcome.resumed && welcome.participant === this.me)) {
      throw new CollabError('protocol.remote', 'the server let us in as somebody else')
    }
    this.#welcomed = true
    this.welcome = welcome
    if (welcome.resumeKey) this.#resumeKey = welcome.resumeKey
    if (returns) this.#resume(welcome.decided) // else the snapshot follows
  }

  /** Go on where the connection broke. */
  #resume(decided: bigint): void {
    const { presence, progress } = this.mirror
    // Whoever is here is shown again.
    presence.keep((participant) => participant === this.me || participant === SERVER)
    progress.clear()
    this.#stands()
    const forgotten = this.#requests.again(decided)
    if (forgotten.length) void this.#giveUp(forgotten)
    this.#questions.again()
    for (const proxy of presence.proxiesOf(this.me)) this.#show(proxy)
    this.watched.again()
    this.listener.state()
    this.listener.presence()
    this.listener.facts()
  }

  /** Once all answers have come that the server still had. */
  async #giveUp(requests: readonly bigint[]): Promise<void> {
    try {
      await this.command({ case: 'sync', value: {} })
    } catch {
      return // broken again: the next welcome says which are forgotten
    }
    const error = lost('the connection broke, and the server does not know any more what became of this')
    for (const request of requests) this.#requests.settle(request, 0n, error)
  }

  #load(slice: Snapshot): void {
    const rows = this.#slices.add(slice)
    if (!rows) return
    this.mirror.load(slice.revision, rows)
    const forgotten = this.#forgotten
    this.#forgotten = undefined
    if (this.standing.kind !== 'joined') {
      this.#stands()
      this.#requests.again(0n)
      this.#questions.again()
      this.watched.again()
    }
    this.listener.state()
    this.listener.presence()
    this.listener.facts()
    if (forgotten) this.listener.anew(slice.revision < forgotten.revision)
  }
}
