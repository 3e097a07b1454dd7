/** The views that are watched, and the pictures that come of them. */

import type { MessageInitShape } from '@bufbuild/protobuf'

import type { Frame, FrameHead, FrameShownSchema, WatchSchema } from '@/generated/collab_proto/v1/wire_pb'

import { joined } from './bytes'
import { type CollabError, failureOf } from './failures'

export interface Picture {
  readonly serial: bigint
  readonly head: FrameHead
  readonly data: Uint8Array<ArrayBuffer>
}

/** What a watcher is told. */
export interface Watcher {
  /** Say `shown` of each, whether it could be shown or not: no others come before. */
  picture(picture: Picture): void
  /** There is no picture. ended: and none will come. */
  failed(error: CollabError, ended: boolean): void
}

export type Said =
  | { case: 'watch'; value: MessageInitShape<typeof WatchSchema> }
  | { case: 'frameShown'; value: MessageInitShape<typeof FrameShownSchema> }

interface Watching {
  readonly watcher: Watcher
  formats: readonly string[]
  serial: bigint
  parts: Uint8Array[]
}

export class Watched {
  readonly #views = new Map<bigint, Watching>()

  /** say: to the server, while the connection stands. */
  constructor(private readonly say: (said: Said) => void) {}

  /** Watch a view in place of whoever watched it. formats: that can be shown, best first. */
  begin(view: bigint, formats: readonly string[], watcher: Watcher): void {
    this.#views.set(view, { watcher, formats, serial: 0n, parts: [] })
    this.#say(view, formats)
  }

  /** Watch no more; unless somebody else does by now. */
  end(view: bigint, watcher: Watcher): void {
    if (this.#views.get(view)?.watcher !== watcher) return
    this.#views.delete(view)
    this.say({ case: 'watch', value: { view, stop: true } })
  }

  shown(view: bigint, serial: bigint): void {
    this.say({ case: 'frameShown', value: { view, serial } })
  }

  /** The connection stands again: what was on its way over the last one does not come. */
  again(): void {
    for (const [view, watching] of this.#views) {
      watching.parts = []
      this.#say(view, watching.formats)
    }
  }

  take({ view, serial, part, last, head, failure, ended }: Frame): void {
    const watching = this.#views.get(view)
    if (!watching) {
      if (last && head) this.shown(view, serial) // it was on its way when nobody wanted it any more
      return
    }
    if (serial !== watching.serial) Object.assign(watching, { serial, parts: [] })
    if (part.length) watching.parts.push(part)
    if (!last) return
    if (failure) watching.watcher.failed(failureOf(failure), ended)
    else if (head) watching.watcher.picture({ serial, head, data: joined(watching.parts) })
    watching.parts = []
  }

  #say(view: bigint, formats: readonly string[]): void {
    this.say({ case: 'watch', value: { view, formats: [...formats] } })
  }
}
