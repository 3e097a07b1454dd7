/** Questions that have no answer yet. They change nothing, so they are asked again over the next
 * connection. */

import { create, type MessageInitShape } from '@bufbuild/protobuf'

import { type Answer, type AnswerHead, QuerySchema } from '@/generated/collab_proto/v1/wire_pb'

import { CollabError, failureOf } from './failures'
import { packed } from './packets'
import { Parts } from './parts'

export type QueryKind = NonNullable<MessageInitShape<typeof QuerySchema>['kind']>

export interface Answered {
  readonly head: AnswerHead | undefined
  readonly data: Uint8Array<ArrayBuffer>
  /** The state that it shows. */
  readonly revision: bigint
}

export interface Asked {
  readonly answer: Promise<Answered>
  /** Makes the promise reject, and tells the server. */
  readonly cancel: () => void
}

export type Ask = (query: QueryKind) => Asked

/** More than any content that a page draws. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024

interface Question {
  readonly packet: Uint8Array
  readonly parts: Parts
  readonly resolve: (answered: Answered) => void
  readonly reject: (error: CollabError) => void
}

export class Questions {
  #last = 0n
  readonly #waiting = new Map<bigint, Question>()

  /** send: to the server, while the connection stands. */
  constructor(private readonly send: (packet: Uint8Array) => void) {}

  ask(kind: QueryKind): Asked {
    this.#last += 1n
    const query = this.#last
    const packet = packed({ case: 'query', value: create(QuerySchema, { query, kind }) })
    const answer = new Promise<Answered>((resolve, reject) => {
      this.#waiting.set(query, { packet, resolve, reject, parts: new Parts(MAX_ANSWER_BYTES) })
      this.send(packet)
    })
    const cancel = () => {
      this.#giveUp(query, new CollabError('renderer.cancelled', 'it is not needed any more'))
    }
    return { answer, cancel }
  }

  /** A part of an answer; what was cancelled says nothing. */
  take({ query, part, last, revision, failure, head }: Answer): void {
    const question = this.#waiting.get(query)
    if (!question) return
    try {
      question.parts.add(part)
    } catch (error) {
      this.#giveUp(query, error as CollabError)
      return
    }
    if (!last) return
    this.#waiting.delete(query)
    if (failure) question.reject(failureOf(failure))
    else question.resolve({ head, data: question.parts.take(), revision })
  }

  /** Over another connection: what came of answers over the last one does not go on. */
  again(): void {
    for (const { parts, packet } of this.#waiting.values()) {
      parts.clear()
      this.send(packet)
    }
  }

  /** Nobody answers any of them. */
  fail(error: CollabError): void {
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject } of waiting) reject(error)
  }

  #giveUp(query: bigint, error: CollabError): void {
    const question = this.#waiting.get(query)
    if (!question) return
    this.#waiting.delete(query)
    question.reject(error)
    this.send(packed({ case: 'cancelQuery', value: { query } }))
  }
}
