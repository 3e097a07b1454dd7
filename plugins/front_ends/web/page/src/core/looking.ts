/** What is each participant's own: the camera that one sees a view with, and turning it. */

import { FollowTarget_Kind, type NamedValue } from '@/generated/collab_proto/v1/session_pb'

import { type Camera, cameraOf, fitted, flattened, isFlat, valuesOf } from './cameras'
import type { Connection } from './connection'
import { followed, leader } from './following'
import { whyNotSteer } from './rights'
import { doubles, integers, named, numbers, type Value } from './values'

/** How long the camera of whoever steers has to rest before it becomes the home camera. */
const REST_MS = 1_000

export class Looking {
  /** Whether I have just asked to follow nobody. */
  #alone = false
  /** By view: what will make own values of these names home values. */
  readonly #resting = new Map<bigint, { timer: ReturnType<typeof setTimeout>; names: Set<string> }>()

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

  /** An own property of a view as I see it: my value, or that of whom I follow, or the home value. */
  seen(view: bigint, name: string): Value | undefined {
    return this.connection.mirror.presence.own(this.whose, view).get(name) ?? this.#state.value(view, name)
  }

  /** The shape of my own window, as last told. */
  ownAspect(view: bigint): number | undefined {
    const [width = 0, height = 0] = numbers(this.connection.mirror.presence.own(this.connection.me, view).get('ViewSize'))
    return width > 0 && height > 0 ? width / height : undefined
  }

  /** Look with a camera of my own: as `turn`. */
  look(view: bigint, camera: Camera): void {
    this.turn(view, valuesOf(isFlat(this.#state, view) ? flattened(camera) : camera))
  }

  /** Look at a view with own values of mine (of its camera, or a chart's axes). That stops my
   * following; when I steer, and they have rested for a second, they become the home values. */
  turn(view: bigint, values: NamedValue[]): void {
    const { me } = this.connection
    if (!this.#alone && followed(this.#state, me) !== undefined) this.#followNobody()
    this.connection.show(view, values)
    const names = new Set(values.map(({ property }) => property))
    const resting = this.#resting.get(view)
    if (resting) {
      clearTimeout(resting.timer)
      for (const name of resting.names) names.add(name)
      this.#resting.delete(view)
    }
    if (!this.#mayGoHome) return
    const timer = setTimeout(() => {
      this.#goHome(view)
    }, REST_MS)
    this.#resting.set(view, { timer, names })
  }

  /** Point at a place in a view, for the others to see; at none: no more. */
  point(view: bigint, at?: { x: number; y: number }): void {
    this.connection.show(view, [named('Pointer', at ? doubles(at.x, at.y) : doubles())])
  }

  /** Tell how large my window is. ratio: of its pixels to those of the screen, along each side. */
  showSize(view: bigint, width: number, height: number, ratio: number): void {
    if (this.#state.property(view, 'PixelRatio')) {
      this.connection.show(view, [named('ViewSize', integers(width, height)), named('PixelRatio', doubles(ratio))])
    } else {
      // An older server has no such property, and would take neither.
      this.connection.show(view, [named('ViewSize', integers(Math.round(width * ratio), Math.round(height * ratio)))])
    }
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
    const names = this.#resting.get(view)?.names
    this.#resting.delete(view)
    if (!this.#mayGoHome || !this.#state.proxy(view)) return
    const own = this.connection.mirror.presence.own(this.connection.me, view)
    const values = [...own].flatMap(([name, value]) => (names?.has(name) ? [named(name, value)] : []))
    // Nobody waits for it, and nothing is lost where it is refused.
    this.connection.command({ case: 'setHome', value: { proxy: view, values } }).catch(() => undefined)
  }
}
