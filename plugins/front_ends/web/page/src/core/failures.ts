/** What goes wrong, in words for people. */

import type { Failure as WireFailure } from '@/generated/collab_proto/v1/wire_pb'

/** Something was refused, or broke: `code` is the wire's vocabulary, the message for people. */
export class CollabError extends Error {
  readonly code: string

  constructor(code: string, text: string) {
    super(text)
    this.code = code
    this.name = 'CollabError'
  }
}

export function failureOf({ code, text }: WireFailure): CollabError {
  return new CollabError(code, text || code)
}

export function lost(text: string): CollabError {
  return new CollabError('transport.connection_lost', text)
}

/** The text of whatever was thrown. */
export function textOfError(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
