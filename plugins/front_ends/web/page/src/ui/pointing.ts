/** Showing the others where one's mouse is in a view. */

import { onBeforeUnmount, ref } from 'vue'

import { useSession } from './context'

const EVERY_MS = 80

/** box: the view's window, in pixels. */
export function usePointing(view: () => bigint, box: () => { readonly width: number; readonly height: number }) {
  const session = useSession()
  const on = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  let at: { x: number; y: number } | undefined

  function stop(): void {
    clearTimeout(timer)
    timer = undefined
    if (on.value) session.looking.point(view())
    on.value = false
  }

  // Whoever looks at something else points at nothing here.
  onBeforeUnmount(stop)

  return {
    on,
    /** Tell where the mouse is, now and then; none: it has left the view. */
    to(event?: PointerEvent): void {
      if (!on.value) return
      const { width, height } = box()
      at = event && { x: event.offsetX / width, y: 1 - event.offsetY / height }
      timer ??= setTimeout(() => {
        timer = undefined
        session.looking.point(view(), at)
      }, EVERY_MS)
    },
    flip(): void {
      if (on.value) stop()
      else on.value = true
    },
  }
}
