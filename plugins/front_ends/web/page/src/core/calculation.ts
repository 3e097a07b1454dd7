/** Numbers that one calculates: `1e-3`, `2*pi`, `-(1+2)/4`, `sqrt(2)`. A parser of its own: nothing
 * that is typed is ever run. */

/** Longer texts are none: how deep brackets can go is bounded by it. */
const MAX_CHARACTERS = 200

const TOKEN = /\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|[a-z]+|\*\*|[-+*/^()]|\S/g

const CONSTANTS = new Map([
  ['pi', Math.PI],
  ['tau', 2 * Math.PI],
  ['e', Math.E],
])

const FUNCTIONS = new Map<string, (number: number) => number>([
  ['sqrt', Math.sqrt],
  ['abs', Math.abs],
  ['sin', Math.sin],
  ['cos', Math.cos],
  ['tan', Math.tan],
  ['exp', Math.exp],
  ['ln', Math.log],
  ['log', Math.log10],
])

/** The number that a text says; undefined: it says none, or one that isn't finite. */
export function calculated(text: string): number | undefined {
  if (text.length > MAX_CHARACTERS) return undefined
  const tokens = text.toLowerCase().replaceAll('−', '-').match(TOKEN) ?? []
  let at = 0
  const sum = (): number => {
    let value = product()
    while (tokens[at] === '+' || tokens[at] === '-') value += tokens[at++] === '+' ? product() : -product()
    return value
  }
  const product = (): number => {
    let value = signed()
    while (tokens[at] === '*' || tokens[at] === '/') value = tokens[at++] === '*' ? value * signed() : value / signed()
    return value
  }
  const signed = (): number => {
    if (tokens[at] === '-') return at++, -signed()
    if (tokens[at] === '+') return at++, signed()
    const base = atom()
    return tokens[at] === '^' || tokens[at] === '**' ? (at++, base ** signed()) : base
  }
  const bracket = (): number => {
    if (tokens[at++] !== '(') return NaN
    const value = sum()
    return tokens[at++] === ')' ? value : NaN
  }
  const atom = (): number => {
    const token = tokens[at]
    if (token === '(') return bracket()
    at++
    if (token === undefined) return NaN
    const apply = FUNCTIONS.get(token)
    if (apply) return apply(bracket())
    return CONSTANTS.get(token) ?? (/^[\d.]/.test(token) ? Number(token) : NaN)
  }
  const value = sum()
  return at === tokens.length && Number.isFinite(value) ? value : undefined
}
