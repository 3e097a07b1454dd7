/** Scrubbing: a number follows the mouse that drags its label. */

const PIXELS_A_STEP = 3

/** What `pointerdown` on a label starts. moved: told of the steps since it started, and whether that
 * was the last of them. */
export function scrub(
  event: PointerEvent,
  moved: (steps: number, event: PointerEvent, last: boolean) => void,
): void {
  const label = event.currentTarget as HTMLElement
  if (event.button !== 0) return
  event.preventDefault()
  label.setPointerCapture(event.pointerId)
  let before = 0
  const steps = (now: PointerEvent) => Math.trunc((now.clientX - event.clientX) / PIXELS_A_STEP)
  const move = (now: PointerEvent) => {
    if (steps(now) === before) return
    before = steps(now)
    moved(before, now, false)
  }
  const up = (now: PointerEvent) => {
    label.removeEventListener('pointermove', move)
    label.removeEventListener('pointerup', up)
    label.removeEventListener('pointercancel', up)
    if (before !== 0) moved(before, now, true)
  }
  label.addEventListener('pointermove', move)
  label.addEventListener('pointerup', up)
  label.addEventListener('pointercancel', up)
}
