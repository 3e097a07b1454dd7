/** Whether a view is drawn here, and what of: describes what is there again whenever it changes,
 * fetches what is missing, and draws the last whole scene meanwhile. Without vtk.js, which is loaded
 * when it is first needed. */

import type { Camera } from '@/core/cameras'
import { CollabError, textOfError } from '@/core/failures'
import type { Ask, QueryKind } from '@/core/questions'
import { contentsOf, sceneOf, sizeOf } from '@/core/scene'
import type { Scene, SceneContent } from '@/generated/collab_proto/v1/scene_pb'

import type { Content, Geometries } from './geometries'

export type Choice = 'automatic' | 'here' | 'server'

/** What is drawn here unless one says otherwise: as in ParaView. */
export const AUTOMATIC_BYTES = 20 * 1024 * 1024

/** If what has changed is not here by then, the server draws until it is. */
export const LATE_AFTER_MS = 500

/** How often contents that are gone already are asked for anew, with a new scene. */
const TRIES = 3

export type Standing =
  /** why: for people; empty: it is chosen, or nothing is known yet. */
  | { readonly kind: 'server'; readonly why: string }
  | { readonly kind: 'here'; readonly bytes: number }

export type Contents = (name: string) => Content

/** What draws. */
export interface Painting {
  show(scene: Scene, contents: Contents): void
  draw(camera: Camera, width: number, height: number): CanvasImageSource
  close(): void
}

export interface Stage {
  readonly ask: Ask
  /** Why nothing can be drawn here; empty: it can. */
  whyNot(): string
  /** Rejects with a CollabError where that fails. lost: called when the graphics card is taken away. */
  load(lost: () => void): Promise<Painting>
  /** Whether it is drawn here has changed, or what. */
  changed(): void
}

class Outdated extends Error {}

export class Local {
  standing: Standing = { kind: 'server', why: '' }
  /** What is drawn here; stays when the server draws, until there is another one. */
  scene: Scene | undefined
  #choice: Choice = 'server'
  #view: bigint | undefined
  #painting: Painting | undefined
  #wanted = false
  #running = false
  /** Rises when what is under way is not wanted any more. */
  #turn = 0
  #late: ReturnType<typeof setTimeout> | undefined
  readonly #cancels = new Set<() => void>()

  constructor(
    private readonly stage: Stage,
    private readonly geometries: Geometries,
  ) {}

  get here(): boolean {
    return this.standing.kind === 'here'
  }

  choose(choice: Choice): void {
    if (choice === this.#choice) return
    this.#choice = choice
    this.#restart()
  }

  /** Draw this view; said again of the same one, it may have changed. */
  look(view: bigint): void {
    if (view === this.#view) {
      this.changed()
      return
    }
    this.#view = view
    this.#restart()
  }

  /** What is drawn has changed. */
  changed(): void {
    if (this.#choice === 'server' || this.#view === undefined) return
    const why = this.stage.whyNot()
    if (why) {
      if (this.standing.kind === 'here' || this.standing.why !== why) this.#stand({ kind: 'server', why })
      return
    }
    this.#wanted = true
    if (!this.#running) void this.#run()
  }

  close(): void {
    this.#drop()
    this.#choice = 'server'
    this.#painting?.close()
    this.#painting = undefined
  }

  /** The picture, to be taken at once; undefined: it is not drawn here. */
  draw(camera: Camera, width: number, height: number): CanvasImageSource | undefined {
    if (!this.here) return undefined
    try {
      return this.#painting?.draw(camera, width, height)
    } catch (error) {
      this.#giveUp(textOfError(error))
      return undefined
    }
  }

  /** Whatever was found out is of another view or choice. */
  #restart(): void {
    this.#drop()
    this.#stand({ kind: 'server', why: '' })
    this.changed()
  }

  #drop(): void {
    this.#turn += 1
    this.#wanted = false
    clearTimeout(this.#late)
    for (const cancel of this.#cancels) cancel()
    this.#cancels.clear()
  }

  #stand(standing: Standing): void {
    this.standing = standing
    this.stage.changed()
  }

  async #run(): Promise<void> {
    this.#running = true
    for (let tries = 0; this.#wanted; ) {
      this.#wanted = false
      const turn = this.#turn
      this.#startClock()
      try {
        await this.#catchUp(turn)
        tries = 0
      } catch (error) {
        if (turn !== this.#turn || error instanceof Outdated) continue
        tries += 1
        const isGone = error instanceof CollabError && error.code === 'refused.unknown_blob'
        // Something else is drawn by now.
        if (isGone && tries < TRIES) this.#wanted = true
        else this.#stand({ kind: 'server', why: textOfError(error) })
      } finally {
        clearTimeout(this.#late)
      }
    }
    this.#running = false
  }

  /** The server draws when this takes long, and goes on until all is here. */
  #startClock(): void {
    clearTimeout(this.#late)
    this.#late = setTimeout(() => {
      if (this.here) this.#stand({ kind: 'server', why: 'What has changed is on its way' })
    }, LATE_AFTER_MS)
  }

  async #catchUp(turn: number): Promise<void> {
    const maxBytes = this.#choice === 'automatic' ? BigInt(AUTOMATIC_BYTES) : 0n
    const view = this.#view ?? 0n
    const scene = sceneOf(await this.#ask({ case: 'describeScene', value: { view, maxBytes } }, turn))
    const lack = scene.lacks[0]
    if (lack) {
      this.#stand({ kind: 'server', why: whyOf(lack, this.#choice) })
      return
    }
    const named = contentsOf(scene)
    const [contents] = await Promise.all([this.#gather(named, turn), this.#load(turn)])
    if (turn !== this.#turn) throw new Outdated()
    this.#painting?.show(scene, (name) => contents.get(name) ?? NOTHING)
    this.scene = scene
    // Behind already, and for long: better the server's picture than an old one.
    if (this.#wanted && !this.here) return
    this.#stand({ kind: 'here', bytes: sizeOf(named.values()) })
  }

  async #load(turn: number): Promise<void> {
    if (this.#painting) return
    const painting = await this.stage.load(() => {
      this.#giveUp('This browser’s graphics failed')
    })
    if (turn === this.#turn) this.#painting = painting
    else painting.close()
  }

  /** Draw here no more, until one chooses to. */
  #giveUp(why: string): void {
    this.#painting?.close()
    this.#painting = undefined
    this.#choice = 'server'
    this.#drop()
    this.#stand({ kind: 'server', why })
  }

  async #gather(named: Map<string, SceneContent>, turn: number): Promise<Map<string, Content>> {
    const found = new Map<string, Content>()
    const fetched = [...named].map(async ([name, { sha256, sizeBytes }]) => {
      let content = this.geometries.get(name)
      if (!content) {
        content = await this.#ask({ case: 'fetchGeometry', value: { sha256 } }, turn)
        if (BigInt(content.length) !== sizeBytes) {
          throw new CollabError('protocol.remote', 'a content is not what the scene says')
        }
        this.geometries.put(name, content)
      }
      found.set(name, content)
    })
    await Promise.all(fetched)
    return found
  }

  async #ask(query: QueryKind, turn: number): Promise<Content> {
    const { answer, cancel } = this.stage.ask(query)
    this.#cancels.add(cancel)
    try {
      const { data } = await answer
      if (turn !== this.#turn) throw new Outdated()
      return data
    } finally {
      this.#cancels.delete(cancel)
    }
  }
}

const NOTHING: Content = new Uint8Array()

function whyOf({ reason, sizeBytes }: Scene['lacks'][number], choice: Choice): string {
  if (!sizeBytes) return reason
  const size = `${(Number(sizeBytes) / 1024 / 1024).toPrecision(3)} MB of geometry`
  return choice === 'automatic' ? `${size}: more than 20 MB` : `${size}: too much for a page`
}
