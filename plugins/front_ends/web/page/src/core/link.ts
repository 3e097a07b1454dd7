/** One connection to the server, from dialling to its end: what is sent goes out as fast as the server
 * takes it, what comes is handed on, and the server is asked whether it is there. It comes once: after
 * its end it says nothing more, and nothing more is heard of it. */

import type { ServerMessage } from '@/generated/collab_proto/v1/wire_pb'

import { CollabError, failureOf, lost, textOfError } from './failures'
import { Outbox } from './outbox'
import { messagesOf, packed } from './packets'
import { HEARTBEAT_MS, Liveness, Receipts } from './peer'

/** What of WebSocket is used here. */
export interface Socket {
  binaryType: string
  onopen: (() => void) | null
  onclose: (() => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  send(data: Uint8Array<ArrayBuffer>): void
  close(): void
}

/** Who is told of it. */
export interface Ear {
  /** The server is there. */
  opened(): void
  /** A CollabError that is thrown ends the connection. */
  heard(message: ServerMessage): void
  latency(ms: number): void
  /** Whether nothing is heard from the server, although it was asked. */
  silent(is: boolean): void
  /** For good, and not by `end`. */
  ended(error: CollabError): void
}

export class Link {
  readonly #outbox = new Outbox()
  readonly #receipts = new Receipts()
  readonly #liveness: Liveness
  readonly #heartbeat: ReturnType<typeof setInterval>
  #open = false
  #silent = false
  #over = false

  constructor(
    private readonly socket: Socket,
    private readonly ear: Ear,
    private readonly now: () => number,
  ) {
    this.#liveness = new Liveness(now())
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => {
      this.#open = true
      ear.opened()
    }
    socket.onmessage = ({ data }) => {
      this.#take(data)
    }
    socket.onclose = () => {
      this.#fail(lost(this.#open ? 'the connection broke' : 'the server does not answer'))
    }
    let lookedMs = now()
    this.#heartbeat = setInterval(() => {
      // Whoever was asleep has heard nothing: that says nothing of the server.
      const nowMs = this.now()
      if (nowMs - lookedMs > 2 * HEARTBEAT_MS) this.#liveness.heard(nowMs)
      lookedMs = nowMs
      this.#beat(nowMs)
    }, HEARTBEAT_MS)
  }

  /** In order, none missed, as long as the connection stands. */
  send(packet: Uint8Array): void {
    this.#outbox.reliable(packet)
    this.#flush()
  }

  /** In the place of what waits under the same key. */
  sendLatest(key: string, packet: Uint8Array): void {
    this.#outbox.latest(key, packet)
    this.#flush()
  }

  /** Close it. goodbye: what is said last; none where the server is to find out by itself. */
  end(goodbye?: Uint8Array): void {
    if (this.#over) return
    if (goodbye) {
      this.#outbox.control('goodbye', goodbye)
      this.#flush()
    }
    this.#over = true
    clearInterval(this.#heartbeat)
    this.socket.onopen = this.socket.onclose = this.socket.onmessage = null
    this.socket.close()
    this.#hears(true)
  }

  #fail(error: CollabError): void {
    this.end()
    this.ear.ended(error)
  }

  #flush(): void {
    if (!this.#open || this.#over) return
    for (let packet; (packet = this.#outbox.next()); ) this.socket.send(packet)
  }

  #beat(nowMs: number): void {
    if (this.#liveness.dead(nowMs)) {
      this.#fail(lost('nothing was heard from the server'))
    } else if (this.#open) {
      this.#hears(!this.#liveness.silent(nowMs))
      const serial = this.#liveness.ping(nowMs)
      this.#outbox.control('ping', packed({ case: 'ping', value: { serial } }))
      this.#flush()
    }
  }

  #hears(something: boolean): void {
    if (this.#silent !== something) return
    this.#silent = !something
    this.ear.silent(this.#silent)
  }

  #take(data: unknown): void {
    try {
      if (!(data instanceof ArrayBuffer)) throw new CollabError('protocol.remote', 'that is no packet')
      const messages = messagesOf(data)
      this.#liveness.heard(this.now())
      this.#hears(true)
      for (const message of messages) {
        this.#handle(message)
        if (this.#over) return
      }
      const packets = this.#receipts.took(data.byteLength)
      if (packets !== undefined) {
        this.#outbox.control('credit', packed({ case: 'credit', value: { packets } }))
      }
      this.#flush()
    } catch (error) {
      if (this.#over) throw error
      this.#fail(error instanceof CollabError ? error : new CollabError('protocol.local', `this page failed: ${textOfError(error)}`))
    }
  }

  #handle(message: ServerMessage): void {
    const { kind } = message
    if (kind.case === 'credit') {
      this.#outbox.credit(kind.value.packets)
    } else if (kind.case === 'ping') {
      this.#outbox.control('pong', packed({ case: 'pong', value: { serial: kind.value.serial } }))
    } else if (kind.case === 'pong') {
      const ms = this.#liveness.ponged(kind.value.serial, this.now())
      if (ms !== undefined) this.ear.latency(ms)
    } else if (kind.case === 'goodbye') {
      throw kind.value.failure ? failureOf(kind.value.failure) : lost('the server said goodbye')
    } else this.ear.heard(message)
  }
}
