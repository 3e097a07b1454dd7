/** Times of day, as the reader's language writes them. */

/** seconds: since the epoch. */
export function clock(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
}
