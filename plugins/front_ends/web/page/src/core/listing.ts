/** Lists of numbers as one types them: `1, 2.5, 2*pi`, and ranges `from:to:step`. */

import { calculated } from './calculation'

/** Of a list that is edited one by one: what a value may hold without being kept apart. */
export const MOST_ELEMENTS = 4096
const MOST_CHARACTERS = 20_000
/** Of a step: what a sum of steps may miss the end by. */
const SLACK = 1e-9

export type Listed = { readonly numbers: readonly number[] } | { readonly problem: string }

/** What a text lists, in its order. whole: numbers are rounded.  room: how many there may be. */
export function listed(text: string, whole: boolean, room = MOST_ELEMENTS): Listed {
  if (text.length > MOST_CHARACTERS) return { problem: 'That is too long to be read at once.' }
  const numbers: number[] = []
  for (const part of text.split(/[,;\n]/).map((piece) => piece.trim()).filter(Boolean)) {
    const more = part.includes(':') ? range(part, room - numbers.length) : several(part)
    if (typeof more === 'string') return { problem: more }
    numbers.push(...more)
    if (numbers.length > room) return { problem: tooMany(room) }
  }
  if (!numbers.length) return { problem: 'Type numbers, or a range: 0:10:1.' }
  return { numbers: whole ? numbers.map(Math.round) : numbers }
}

/** One that is calculated, or some with spaces between them. */
function several(part: string): number[] | string {
  const one = calculated(part)
  if (one !== undefined) return [one]
  const numbers = part.split(/\s+/).map(calculated)
  return numbers.every((number) => number !== undefined) ? numbers : `“${short(part)}” is no number.`
}

function range(part: string, room: number): number[] | string {
  const [from, to, step, ...rest] = part.split(':').map(calculated)
  if (from === undefined || to === undefined || rest.length || (step === undefined && part.split(':').length > 2)) {
    return `“${short(part)}” is no range: from:to:step, as in 0:10:1.`
  }
  const by = step ?? (to < from ? -1 : 1)
  const count = Math.floor((to - from) / by + SLACK) + 1
  if (by === 0 || count < 1) return `“${short(part)}” never gets from ${from} to ${to}.`
  if (count > room) return tooMany(room)
  return Array.from({ length: count }, (_, index) => Number((from + index * by).toPrecision(15)))
}

const MOST_SHOWN = 30
const short = (text: string) => (text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN - 1)}…` : text)
const tooMany = (room: number) => `Those are too many: there is room for ${room}.`
