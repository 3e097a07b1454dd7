/** The views that are watched, and the pictures that come of them. */

import type { MessageInitShape } from '@bufbuild/protobuf'

import type { Frame, FrameHead, FrameShownSchema, WatchSchema } from '@/generated/collab_proto/v1/wire_pb'

import { type CollabError, failureOf } from './failures'
import { Parts } from './parts'

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
  readonly full: boolean
  serial: bigint
  readonly parts: Parts
}

/** More than a picture of the largest window takes. */
const MAX_PICTURE_BYTES = 64 * 1024 * 1024

export class Watched {
  readonly #views = new Map<bigint, Watching>()

  /** say: to the server, while the connection stands. */
  constructor(private readonly say: (said: Said) => void) {}

  /** Watch a view in place of whoever watched it. formats: that can be shown, best first. full: never
   * smaller or coarser while it moves. */
  begin(view: bigint, formats: readonly string[], watcher: Watcher, full = false): void {
    this.#views.set(view, { watcher, formats, full, serial: 0n, parts: new Parts(MAX_PICTURE_BYTES) })
    this.#say(view, { formats, full })
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
      watching.parts.clear()
      this.#say(view, watching)
    }
  }

  take({ view, serial, part, last, head, failure, ended }: Frame): void {
    const watching = this.#views.get(view)
    if (!watching) {
      if (last && head) this.shown(view, serial) // it was on its way when nobody wanted it any more
      return
    }
    const { watcher, parts } = watching
    if (serial !== watching.serial) parts.clear()
    watching.serial = serial
    parts.add(part)
    if (!last) return
    const data = parts.take()
    if (failure) watcher.failed(failureOf(failure), ended)
    else if (head) watcher.picture({ serial, head, data })
  }

  #say(view: bigint, { formats, full }: Pick<Watching, 'formats' | 'full'>): void {
    this.say({ case: 'watch', value: { view, formats: [...formats], ...(full && { full }) } })
  }
}
