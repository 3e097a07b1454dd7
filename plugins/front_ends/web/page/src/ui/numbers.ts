/** Numbers for people: precise, without noise. */

/** Six digits at most: 0.0123, not 0.012299999. */
export function numberText(number: number, digits = 6): string {
  if (!Number.isFinite(number)) return String(number)
  const size = Math.abs(number)
  if (size !== 0 && (size >= 1e7 || size < 1e-4)) return number.toExponential(4).replace(/\.?0+e/, 'e').replace('e+', 'e')
  return String(Number(number.toPrecision(digits)))
}

export function countText(count: bigint | number): string {
  return Number(count).toLocaleString('en').replaceAll(',', ' ')
}

export function sizeText(bytes: bigint | number): string {
  let size = Number(bytes)
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    if (size < 1000 || unit === 'GB') return `${size < 10 && unit !== 'B' ? size.toFixed(1) : Math.round(size)} ${unit}`
    size /= 1000
  }
  return ''
}

/** The number that a text says: `1e-3`, `2*pi`, `-(1+2)/4`. Undefined: none. */
export function calculated(text: string): number | undefined {
  const tokens = text.toLowerCase().match(/\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|pi|e|[-+*/^()]|\S/g) ?? []
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
    return tokens[at] === '^' ? (at++, base ** signed()) : base
  }
  const atom = (): number => {
    const token = tokens[at++]
    if (token === 'pi') return Math.PI
    if (token === 'e') return Math.E
    if (token === '(') {
      const value = sum()
      return tokens[at++] === ')' ? value : NaN
    }
    return token === undefined || !/^[\d.]/.test(token) ? NaN : Number(token)
  }
  const value = sum()
  return at === tokens.length && !Number.isNaN(value) ? value : undefined
}
