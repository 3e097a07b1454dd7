/** Commands that the server has not answered: each is numbered, and waits over as many connections as
 * its answer takes. None is decided twice, since the server knows the numbers. */

import { create, type MessageInitShape } from '@bufbuild/protobuf'

import { CommandSchema } from '@/generated/collab_proto/v1/session_pb'

import { CollabError } from './failures'
import { MAX_CLIENT_PACKET_BYTES, packed } from './packets'

export type CommandKind = NonNullable<MessageInitShape<typeof CommandSchema>['kind']>

interface Waiting {
  readonly packet: Uint8Array
  readonly resolve: (revision: bigint) => void
  readonly reject: (error: CollabError) => void
}

export class Requests {
  #last = 0n
  /** By number, in their order. */
  readonly #waiting = new Map<bigint, Waiting>()

  /** send: to the server, while the connection stands. */
  constructor(private readonly send: (packet: Uint8Array) => void) {}

  /** The revision that the command led to. Rejects with its refusal. */
  begin(kind: CommandKind, label: string, undoSet: bigint): Promise<bigint> {
    const request = this.#last + 1n
    const packet = packed({ case: 'command', value: create(CommandSchema, { request, label, undoSet, kind }) })
    if (packet.length > MAX_CLIENT_PACKET_BYTES) {
      const text = `that takes ${packet.length} bytes, and no more than ${MAX_CLIENT_PACKET_BYTES} can be sent: do it in parts`
      return Promise.reject(new CollabError('refused.invalid_command', text))
    }
    this.#last = request
    return new Promise((resolve, reject) => {
      this.#waiting.set(request, { packet, resolve, reject })
      this.send(packet)
    })
  }

  /** Up to which number all have their answers. */
  get answered(): bigint {
    const [first = this.#last + 1n] = this.#waiting.keys()
    return first - 1n
  }

  /** The server has decided; what nobody waits for says nothing. */
  settle(request: bigint, revision: bigint, error?: CollabError): void {
    const waiting = this.#waiting.get(request)
    if (!waiting) return
    this.#waiting.delete(request)
    if (error) waiting.reject(error)
    else waiting.resolve(revision)
  }

  /** Over another connection: send again what comes after `decided`; the numbers of the rest, of which
   * the server may not know any more what became of them. */
  again(decided: bigint): bigint[] {
    const rest: bigint[] = []
    for (const [request, { packet }] of this.#waiting) {
      if (request > decided) this.send(packet)
      else rest.push(request)
    }
    return rest
  }

  /** Nobody answers any of them. Whoever asks next is somebody new, whose numbers begin anew. */
  fail(error: CollabError): void {
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    this.#last = 0n
    for (const { reject } of waiting) reject(error)
  }
}
