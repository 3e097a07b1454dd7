/** What the mouse, fingers and keys do to the camera of a view. */

import { ref } from 'vue'

import { type Camera, isFlat } from '@/core/cameras'
import { type Box, dragged, type Finger, type Gesture, gestureOf, pinched, wheeled } from '@/view/navigation'

import { useSession } from './context'

/** Of the window, at each press of an arrow key. */
const STEP = 0.02
/** A line of text, where a wheel counts in these. */
const LINE_PX = 33

const ARROWS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
}

/** camera: as one sees the view now.  box: its window, in pixels. */
export function useTurning(view: () => bigint, camera: () => Camera, box: () => Box) {
  const session = useSession()
  const fingers = new Map<number, Finger>()
  let gesture: Gesture | undefined
  const on = ref(false)

  const isFlatNow = () => isFlat(session.connection.mirror.state, view())

  function turn(next: Camera): void {
    session.looking.look(view(), next)
  }

  return {
    /** Whether something is held. */
    on,
    down(event: PointerEvent): void {
      const canvas = event.currentTarget as HTMLElement
      canvas.setPointerCapture(event.pointerId)
      canvas.focus()
      fingers.set(event.pointerId, { x: event.offsetX, y: event.offsetY })
      gesture = gestureOf(event, isFlatNow())
      on.value = true
    },
    move(event: PointerEvent): void {
      const before = fingers.get(event.pointerId)
      if (!before) return
      const after = { x: event.offsetX, y: event.offsetY }
      if (fingers.size === 2) {
        const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1]
        if (other) turn(pinched(camera(), [before, other], [after, other], box()))
      } else if (gesture) {
        turn(dragged(camera(), gesture, after.x - before.x, after.y - before.y, box()))
      }
      fingers.set(event.pointerId, after)
    },
    up(event: PointerEvent): void {
      fingers.delete(event.pointerId)
      on.value = fingers.size > 0
    },
    wheel(event: WheelEvent): void {
      turn(wheeled(camera(), event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PX : 1)))
    },
    key(event: KeyboardEvent): void {
      const by = ARROWS[event.key]
      if (by) {
        const what = event.shiftKey || isFlatNow() ? 'pan' : 'turn'
        turn(dragged(camera(), what, by[0] * box().width, by[1] * box().height, box()))
      } else if (event.key === '+' || event.key === '=') turn(wheeled(camera(), -100))
      else if (event.key === '-') turn(wheeled(camera(), 100))
      else return
      event.preventDefault()
    },
  }
}
