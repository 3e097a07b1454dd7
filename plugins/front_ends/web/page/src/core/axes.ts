/** What one sees of a chart: the ranges of its axes, each participant's own, and moving them. Property
 * names are ParaView's. */

import type { NamedValue } from '@/generated/collab_proto/v1/session_pb'

import { booleans, doubles, isOn, named, numbers, type Value } from './values'

export interface Axis {
  readonly low: number
  readonly high: number
  readonly logarithmic: boolean
}
export interface Axes {
  readonly left: Axis
  readonly bottom: Axis
}

const SIDE = { left: 'Left', bottom: 'Bottom' } as const

/** Numbers beyond are none that anybody draws. */
const LARGEST = 1e150
/** A range is at least so wide, as a part of its numbers. */
const THINNEST = 1e-9

type Read = (name: string) => Value | undefined

/** Whether both axes are where somebody has moved them, rather than around all that there is. */
export function isMoved(read: Read): boolean {
  return Object.values(SIDE).every((side) => isOn(read(`${side}AxisUseCustomRange`)))
}

export function axesOf(read: Read, logarithmic: Read): Axes {
  const axis = (side: string): Axis => ({
    low: numbers(read(`${side}AxisRangeMinimum`))[0] ?? 0,
    high: numbers(read(`${side}AxisRangeMaximum`))[0] ?? 1,
    logarithmic: isOn(logarithmic(`${side}AxisLogScale`)),
  })
  return { left: axis(SIDE.left), bottom: axis(SIDE.bottom) }
}

export function valuesOfAxes(axes: Axes): NamedValue[] {
  return (['left', 'bottom'] as const).flatMap((which) => [
    named(`${SIDE[which]}AxisUseCustomRange`, booleans(true)),
    named(`${SIDE[which]}AxisRangeMinimum`, doubles(axes[which].low)),
    named(`${SIDE[which]}AxisRangeMaximum`, doubles(axes[which].high)),
  ])
}

/** Own values of a view by name, over those that are read otherwise. */
export function over(values: readonly NamedValue[], read: Read): Read {
  const given = new Map(values.map(({ property, value }) => [property, value]))
  return (name) => given.get(name) ?? read(name)
}

/** The paper goes with the mouse. dx, dy: to the right and upwards, in parts of the plot. */
export function pannedAxes({ left, bottom }: Axes, dx: number, dy: number): Axes {
  return { left: moved(left, (at) => at - dy), bottom: moved(bottom, (at) => at - dx) }
}

/** Come nearer to a place of the plot, which stays where it is. x, y: 0 to 1 from the lower left. */
export function zoomedAxes({ left, bottom }: Axes, factor: number, x: number, y: number): Axes {
  if (!(factor > 0) || !Number.isFinite(factor)) return { left, bottom }
  return {
    left: moved(left, (at) => y + (at - y) / factor),
    bottom: moved(bottom, (at) => x + (at - x) / factor),
  }
}

/** Both ends of an axis moved. move: from a part of the axis to another. */
function moved(axis: Axis, move: (at: number) => number): Axis {
  const { low, high, logarithmic } = axis
  const onLog = logarithmic && low > 0 && high > 0
  const [from, to] = onLog ? [Math.log10(low), Math.log10(high)] : [low, high]
  const at = (part: number) => from + (to - from) * move(part)
  const [next, end] = onLog ? [10 ** at(0), 10 ** at(1)] : [at(0), at(1)]
  const largest = Math.max(Math.abs(next), Math.abs(end))
  const fits = largest <= LARGEST && end - next > THINNEST * largest && (!onLog || next > 0)
  return fits ? { ...axis, low: next, high: end } : axis
}
