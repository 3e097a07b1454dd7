/** What is each participant's own: the camera that one sees a view with, and turning it. */

import { FollowTarget_Kind } from '@/generated/collab_proto/v1/session_pb'

import { type Camera, cameraOf, fitted, flattened, isFlat, valuesOf } from './cameras'
import type { Connection } from './connection'
import { followed, leader } from './following'
import { whyNotSteer } from './rights'
import { doubles, integers, named, numbers } from './values'

/** How long the camera of whoever steers has to rest before it becomes the home camera. */
const REST_MS = 1_000

export class Looking {
  /** Whether I have just asked to follow nobody. */
  #alone = false
  #rest: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly connection: Connection,
    private readonly refused: (error: unknown) => void,
  ) {}

  get #state() {
    return this.connection.mirror.state
  }

  /** Whose camera I see: mine, or that of the last in the chain of whom I follow. */
  get whose(): bigint {
    return this.#alone ? this.connection.me : leader(this.#state, this.connection.me)
  }

  /** The camera that I see `view` with. aspect: width / height of my window. */
  camera(view: bigint, aspect: number): Camera {
    const theirs = this.connection.mirror.presence.own(this.whose, view)
    const camera = cameraOf((name) => theirs.get(name) ?? this.#state.value(view, name))
    const straight = isFlat(this.#state, view) ? flattened(camera) : camera
    const leading = this.leadingAspect(view)
    return leading === undefined ? straight : fitted(straight, leading, aspect)
  }

  /** The shape of the window of whom I follow. */
  leadingAspect(view: bigint): number | undefined {
    if (this.whose === this.connection.me) return undefined
    const size = this.connection.mirror.presence.own(this.whose, view).get('ViewSize')
    const [width = 0, height = 0] = numbers(size)
    return width > 0 && height > 0 ? width / height : undefined
  }

  /** Look with a camera of my own. That stops my following; when I steer, and the camera has rested
   * for a second, it becomes the home camera. */
  look(view: bigint, camera: Camera): void {
    const { me } = this.connection
    if (!this.#alone && followed(this.#state, me) !== undefined) this.#followNobody()
    const own = isFlat(this.#state, view) ? flattened(camera) : camera
    this.connection.show(view, valuesOf(own))
    clearTimeout(this.#rest)
    if (this.#mayGoHome) {
      this.#rest = setTimeout(() => {
        this.#goHome(view)
      }, REST_MS)
    }
  }

  /** Point at a place in a view, for the others to see; at none: no more. */
  point(view: bigint, at?: { x: number; y: number }): void {
    this.connection.show(view, [named('Pointer', at ? doubles(at.x, at.y) : doubles())])
  }

  /** Tell the others how large my window is. */
  showSize(view: bigint, width: number, height: number): void {
    this.connection.show(view, [named('ViewSize', integers(width, height))])
  }

  #followNobody(): void {
    this.#alone = true
    const target = { kind: FollowTarget_Kind.NOBODY }
    this.connection
      .command({ case: 'follow', value: { target } })
      .catch(this.refused)
      .finally(() => {
        this.#alone = false
      })
  }

  get #mayGoHome(): boolean {
    return whyNotSteer(this.#state, this.connection.me) === ''
  }

  #goHome(view: bigint): void {
    if (!this.#mayGoHome || !this.#state.proxy(view)) return
    const own = this.connection.mirror.presence.own(this.connection.me, view)
    const values = valuesOf(cameraOf((name) => own.get(name)))
    // Nobody waits for it, and nothing is lost where it is refused.
    this.connection.command({ case: 'setHome', value: { proxy: view, values } }).catch(() => undefined)
  }
}
