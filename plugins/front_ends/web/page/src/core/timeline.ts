/** The simulation's time: the steps that there are, and where among them one is. As in ParaView: the
 * data's time steps, or where it has none the frames of an animation. */

import type { Derived } from '@/generated/collab_proto/v1/wire_pb'

import type { Presence } from './presence'
import { SERVER, SESSION } from './presence'
import type { State } from './state'
import { isOn, numbers } from './values'

/** As many as the server plays. */
const MAX_STEPS = 4096
const DEFAULT_FRAMES = 10

/** What everybody sees now; while it plays, the step that is shown. */
export function timeShown(state: State, presence: Presence): number {
  const shown = state.time?.playing ? numbers(presence.own(SERVER, SESSION).get('Time'))[0] : undefined
  return shown ?? state.time?.time ?? 0
}

/** The steps that can be gone to, rising; none: nothing here has a time. */
export function stepsOf(state: State, derived: ReadonlyMap<bigint, Derived>): readonly number[] {
  if (state.time?.playing) return state.time.steps
  const steps = new Set<number>()
  for (const { ports } of derived.values()) for (const { timeSteps } of ports) for (const t of timeSteps) steps.add(t)
  if (steps.size > 1) return [...steps].sort((a, b) => a - b)
  return framesOf(state)
}

/** The frames of an animation: at equal distances, from the scene's start to its end. */
function framesOf(state: State): readonly number[] {
  const rows = state.proxies().filter(([, { group }]) => group === 'animation')
  const moves = rows.some(([id, { type }]) => type === 'KeyFrameAnimationCue' && isOn(state.value(id, 'Enabled')))
  if (!moves) return []
  const scene = rows.find(([, { type }]) => type === 'AnimationScene')?.[0]
  const of = (name: string, otherwise: number) =>
    scene === undefined ? otherwise : (numbers(state.value(scene, name))[0] ?? otherwise)
  const [start, end] = [of('StartTime', 0), of('EndTime', 1)]
  const count = Math.min(MAX_STEPS, of('NumberOfFrames', DEFAULT_FRAMES))
  if (!(end > start) || count < 2) return [start]
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? end : start + (i * (end - start)) / (count - 1)))
}

/** The last step that isn't after `time`; before the first one, that. */
export function indexAt(steps: readonly number[], time: number): number {
  const after = steps.findIndex((step) => step > time)
  return Math.max(0, (after < 0 ? steps.length : after) - 1)
}

/** The step next to `time`. */
export function nearest(steps: readonly number[], time: number): number {
  const at = indexAt(steps, time)
  const [here, next] = [steps[at] ?? time, steps[at + 1]]
  return next !== undefined && next - time < time - here ? next : here
}

/** The step after `time`; at the last one, that. */
export function stepAfter(steps: readonly number[], time: number): number {
  return steps.find((step) => step > time) ?? steps.at(-1) ?? time
}

/** The step before `time`; at the first one, that. */
export function stepBefore(steps: readonly number[], time: number): number {
  return steps.findLast((step) => step < time) ?? steps[0] ?? time
}

const FEWEST_DIGITS = 4
const MOST_DIGITS = 12

/** How many digits it takes to tell the steps from one another. */
export function digitsOf(steps: readonly number[]): number {
  const gaps = steps.slice(1).map((step, i) => step - steps[i]!)
  const gap = Math.min(...gaps.filter((one) => one > 0))
  const largest = Math.max(...steps.map(Math.abs))
  const needed = Math.floor(Math.log10(largest / gap)) + 2
  return Number.isFinite(needed) ? Math.min(MOST_DIGITS, Math.max(FEWEST_DIGITS, needed)) : FEWEST_DIGITS
}

/** As many of the steps as can be played, the first and the last among them. */
export function playable(steps: readonly number[]): number[] {
  if (steps.length <= MAX_STEPS) return [...steps]
  const last = steps.length - 1
  return Array.from({ length: MAX_STEPS }, (_, i) => steps[Math.round((i * last) / (MAX_STEPS - 1))]!)
}

/** Going to times, one after the other: one command is on its way, and of what comes meanwhile only
 * the newest waits. */
export class Seeking {
  #wanted: number | undefined
  #onItsWay = false

  constructor(
    private readonly go: (time: number) => Promise<unknown>,
    private readonly refused: (error: unknown) => void,
  ) {}

  to(time: number): void {
    this.#wanted = time
    if (!this.#onItsWay) void this.#send()
  }

  async #send(): Promise<void> {
    this.#onItsWay = true
    while (this.#wanted !== undefined) {
      const time = this.#wanted
      this.#wanted = undefined
      try {
        await this.go(time)
      } catch (error) {
        this.refused(error)
      }
    }
    this.#onItsWay = false
  }
}
