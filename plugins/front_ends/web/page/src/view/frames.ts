/** The pictures of a view, as they come: the server sends one whenever what one sees has changed. Of a
 * server that can't, they are asked for. */

import type { CollabError } from '@/core/failures'
import type { Picture, Watched } from '@/core/watched'

import type { Decoder, Image } from './decoding'
import { type Pulled, Pulling, type Source, type Wish } from './pulling'

export interface Frame {
  readonly image: Image
  /** Of the picture: it may be smaller than the window. */
  readonly width: number
  readonly height: number
  readonly revision: bigint
  /** Whether it is as good as it gets. */
  readonly full: boolean
  readonly format: string
}

export interface Stage extends Pick<Source, 'ask' | 'now'> {
  readonly watched: Pick<Watched, 'begin' | 'end' | 'shown'>
  readonly decoder: Decoder
  /** Whether the server sends pictures by itself. */
  pushes(): boolean
  draw(frame: Frame): void
  failed(error: CollabError): void
}

export class Frames {
  readonly #pulling: Pulling
  #view: bigint | undefined
  /** What has come and is not drawn yet. */
  readonly #waiting: Picture[] = []
  #drawing = false
  /** Counts what is watched, one after the other. */
  #era = 0

  constructor(private readonly stage: Stage) {
    this.#pulling = new Pulling({
      ask: (query) => stage.ask(query),
      now: () => stage.now(),
      failed: (error) => {
        stage.failed(error)
      },
      draw: (pulled) => this.#drawPulled(pulled),
    })
  }

  /** Show this. moving: what it shows is turned. */
  want(wish: Wish, moving: boolean): void {
    if (!this.stage.pushes()) {
      this.#pulling.want(wish, moving)
    } else if (wish.view !== this.#view) {
      this.stop()
      this.#view = wish.view
      this.stage.watched.begin(wish.view, this.stage.decoder.formats, this.#watcher)
    }
  }

  /** Show nothing more. */
  stop(): void {
    this.#pulling.stop()
    if (this.#view === undefined) return
    this.stage.watched.end(this.#view, this.#watcher)
    for (const { serial } of this.#waiting.splice(0)) this.stage.watched.shown(this.#view, serial)
    this.#view = undefined
    this.#era++
    this.stage.decoder.reset()
  }

  readonly #watcher = {
    picture: (picture: Picture) => {
      this.#waiting.push(picture)
      void this.#drawAll()
    },
    failed: (error: CollabError) => {
      this.stage.failed(error)
    },
  }

  async #drawAll(): Promise<void> {
    if (this.#drawing) return
    this.#drawing = true
    try {
      for (let picture; (picture = this.#waiting.shift()); ) {
        const view = this.#view
        if (view === undefined) continue
        // A newer one is here already, and needs no earlier one.
        if (!this.#waiting.some(({ head }) => head.key)) await this.#draw(picture)
        this.stage.watched.shown(view, picture.serial)
      }
    } finally {
      this.#drawing = false
    }
  }

  async #draw({ head, data }: Picture): Promise<void> {
    const era = this.#era
    let image: Image
    try {
      image = await this.stage.decoder.decode(head.format, data, head.key)
    } catch {
      if (era !== this.#era) return // it was given up, since nobody wants it any more
      // What can't be shown in this format comes in another one, and whole.
      const before = this.stage.decoder.formats
      this.stage.decoder.gaveUp(head.format)
      const otherwise = this.stage.decoder.formats !== before
      if (otherwise && this.#view !== undefined) this.stage.watched.begin(this.#view, this.stage.decoder.formats, this.#watcher)
      return
    }
    if (era === this.#era) {
      this.stage.draw({ image, width: head.width, height: head.height, revision: head.revision, full: head.still, format: head.format })
    }
    image.close()
  }

  async #drawPulled({ data, width, height, revision, full }: Pulled): Promise<void> {
    const image = await this.stage.decoder.decode('jpeg', data, true)
    this.stage.draw({ image, width, height, revision, full, format: 'jpeg' })
    image.close()
  }
}
