/** How far a number goes by one step, and how precise it has to be written. */

export interface Extent {
  readonly whole?: boolean | undefined
  readonly minimum?: number | undefined
  readonly maximum?: number | undefined
}

/** Shift goes ten times as far, Alt a tenth. */
export interface Pace {
  readonly shiftKey: boolean
  readonly altKey: boolean
}

/** A step that suits a number: a part of its range, or of its own size. */
export function stepOf(number: number, { whole, minimum, maximum }: Extent): number {
  if (whole) return 1
  const span = minimum === undefined || maximum === undefined ? Infinity : maximum - minimum
  const size = span > 0 && Number.isFinite(span) && span < 1e30 ? span / 10 : Math.abs(number) || 1
  return 10 ** (Math.floor(Math.log10(size) + 1e-9) - 1)
}

/** `number`, so many steps on, inside of what is allowed, and written no finer than its step. */
export function stepped(number: number, count: number, pace: Pace, extent: Extent): number {
  const step = stepOf(number, extent) * (pace.shiftKey ? 10 : 1) * (pace.altKey && !extent.whole ? 0.1 : 1)
  return bounded(tidy(number + count * step, step), extent)
}

/** What is allowed and next to `number`. */
export function bounded(number: number, { whole, minimum, maximum }: Extent): number {
  const inside = Math.min(maximum ?? Infinity, Math.max(minimum ?? -Infinity, number))
  return whole ? Math.round(inside) : inside
}

/** `number` without digits far below `grain`: what is less than that nobody has meant. */
export function tidy(number: number, grain: number): number {
  if (!Number.isFinite(number) || !(grain > 0)) return number
  const digits = Math.ceil(1 - Math.log10(grain) - 1e-9)
  // + 0 makes 0 of -0.
  return digits > 100 || digits < 0 ? number : Number(number.toFixed(Math.min(100, digits))) + 0
}
