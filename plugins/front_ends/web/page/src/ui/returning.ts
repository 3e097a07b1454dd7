/** Where the focus goes when a dialog closes: back to what had it. */

import { nextTick, type Ref, watch } from 'vue'

/** Remember what has the focus when `open` becomes true, and give it back afterwards, unless
 * something else has taken it by then. */
export function returnsFocus(open: Readonly<Ref<boolean>>): void {
  let before: Element | null = null
  watch(
    open,
    async (is) => {
      if (is) {
        before = document.activeElement
        return
      }
      await nextTick()
      // What is hidden loses the focus with the next frame.
      requestAnimationFrame(() => {
        requestAnimationFrame(() => {
          if (document.activeElement === document.body && before instanceof HTMLElement) before.focus()
        })
      })
    },
    { flush: 'sync' },
  )
}
