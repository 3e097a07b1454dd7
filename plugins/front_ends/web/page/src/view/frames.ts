/** The pictures of a view, as they come: the server sends one whenever what one sees has changed. Of a
 * server that can't, they are asked for. */

import { CollabError, textOfError } from '@/core/failures'
import type { Picture, Watched } from '@/core/watched'

import { type Decoder, type Image, isFilm } from './decoding'
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
  /** Whether pictures shall be as good as it gets while they move, too. */
  full?: () => boolean
  /** A picture has come, of so many bytes. */
  received?: (bytes: number) => void
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
      this.#begin(wish.view)
    }
  }

  #begin(view: bigint): void {
    const { watched, decoder, full } = this.stage
    watched.begin(view, decoder.formats, this.#watcher, full?.() ?? false)
  }

  /** Show nothing more. */
  stop(): void {
    this.#era++
    this.#pulling.stop()
    if (this.#view === undefined) return
    this.stage.watched.end(this.#view, this.#watcher)
    for (const { serial } of this.#waiting.splice(0)) this.stage.watched.shown(this.#view, serial)
    this.#view = undefined
    this.stage.decoder.reset()
  }

  readonly #watcher = {
    picture: (picture: Picture) => {
      this.stage.received?.(picture.data.length)
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
    for (let picture; (picture = this.#waiting.shift()); ) {
      const view = this.#view
      if (view === undefined) continue
      if (!this.#isPast(picture)) await this.#draw(picture)
      this.stage.watched.shown(view, picture.serial)
    }
    this.#drawing = false
  }

  /** Whether nothing is made from a picture, and a newer one is here that needs no other. */
  #isPast({ head: { format } }: Picture): boolean {
    // What is whole in another format ends no film.
    return this.#waiting.some(({ head }) => head.key && (head.format === format || !isFilm(format)))
  }

  /** Decode and draw; whatever goes wrong is told, or comes otherwise. */
  async #draw({ head, data }: Picture): Promise<void> {
    const era = this.#era
    const { format, width, height, revision, still: full } = head
    let image: Image
    try {
      image = await this.stage.decoder.decode(format, data, head.key)
    } catch (error) {
      // Else it was given up, since nobody wants it any more.
      if (era === this.#era) this.#insteadOf(format, error)
      return
    }
    if (era === this.#era) this.#show({ image, width, height, revision, full, format })
    else image.close()
  }

  /** What can't be shown in a format comes in another one, and whole. */
  #insteadOf(format: string, error: unknown): void {
    const { decoder } = this.stage
    const before = decoder.formats
    decoder.gaveUp(format)
    if (this.#view !== undefined && decoder.formats !== before) this.#begin(this.#view)
    else if (!isFilm(format)) this.stage.failed(unshown(error))
  }

  #show(frame: Frame): void {
    try {
      this.stage.draw(frame)
    } catch (error) {
      this.stage.failed(unshown(error))
    } finally {
      frame.image.close()
    }
  }

  async #drawPulled({ data, width, height, revision, full }: Pulled): Promise<void> {
    this.stage.received?.(data.length)
    const era = this.#era
    let image: Image
    try {
      image = await this.stage.decoder.decode('jpeg', data, true)
    } catch (error) {
      throw unshown(error)
    }
    if (era === this.#era) this.#show({ image, width, height, revision, full, format: 'jpeg' })
    else image.close()
  }
}

const unshown = (error: unknown) => new CollabError('renderer', `A picture can’t be shown: ${textOfError(error)}`)
