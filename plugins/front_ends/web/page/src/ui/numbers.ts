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

const UNITS = new Map([
  ['Degrees', '°'],
  ['Pixels', 'px'],
  ['Seconds', 's'],
])

/** The unit of a property, where its documentation begins with one. */
export function unitOf(documentation: string): string {
  return UNITS.get(/^[A-Za-z]+/.exec(documentation)?.[0] ?? '') ?? ''
}
