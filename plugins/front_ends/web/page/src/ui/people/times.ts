/** Times of day, as the reader's language writes them. */

/** With the day, if that is another than today. seconds: since the epoch. */
export function clock(seconds: number): string {
  const at = new Date(seconds * 1000)
  const time = { hour: '2-digit', minute: '2-digit' } as const
  if (at.toDateString() === new Date().toDateString()) return at.toLocaleTimeString([], time)
  return at.toLocaleString([], { day: 'numeric', month: 'short', ...time })
}
