/** What others have changed lately, and who. */

import { shallowReactive } from 'vue'

export function startTouched() {
  const by = shallowReactive(new Map<string, bigint>())
  const fading = new Map<string, ReturnType<typeof setTimeout>>()

  return {
    /** Who, by what. */
    by: by as ReadonlyMap<string, bigint>,
    touch(key: string, author: bigint, forMs: number): void {
      by.set(key, author)
      clearTimeout(fading.get(key))
      const fade = () => {
        by.delete(key)
        fading.delete(key)
      }
      fading.set(key, setTimeout(fade, forMs))
    },
  }
}
