/** Scrolling through rows, however many there are: an element as high as browsers can draw stands for
 * all of them, and those in sight lie on it. */

import { computed, onBeforeUnmount, onMounted, type Ref, ref } from 'vue'

import { ROW_PX, rowsAround, rowsIn, scaleOf } from '@/core/sheet'

export function useSheetScrolling(box: Readonly<Ref<HTMLElement | null>>, total: () => number) {
  const height = ref(0)
  /** The first row in sight; part of one where it is cut. */
  const first = ref(0)
  const inSight = computed(() => rowsIn(height.value))
  const last = computed(() => Math.max(0, total() - inSight.value))
  const scale = computed(() => scaleOf(total()))
  /** As high as all rows together, in pixels. */
  const spacer = computed(() => last.value * scale.value * ROW_PX + height.value)
  /** The rows to draw, the last one not included. */
  const around = computed(() => rowsAround(first.value, inSight.value, total()))

  function scrolled(): void {
    const top = (box.value?.scrollTop ?? 0) / (ROW_PX * scale.value)
    // What was set here comes back rounded: that is no scrolling.
    if (Math.abs(top - first.value) * ROW_PX * scale.value > 1) first.value = Math.min(last.value, top)
  }

  function scrollTo(row: number): void {
    first.value = Math.max(0, Math.min(last.value, row))
    if (box.value) box.value.scrollTop = first.value * ROW_PX * scale.value
  }

  /** Where a pixel of scrolling is many rows, the wheel moves rows all the same. */
  function wheel(event: WheelEvent): void {
    if (scale.value === 1 || event.shiftKey || !event.deltaY) return
    event.preventDefault()
    scrollTo(first.value + (event.deltaMode === 1 ? event.deltaY : event.deltaY / ROW_PX))
  }

  function measure(): void {
    height.value = box.value?.clientHeight ?? 0
  }
  const observer = new ResizeObserver(measure)
  onMounted(() => {
    if (box.value) observer.observe(box.value)
    measure()
  })
  onBeforeUnmount(() => {
    observer.disconnect()
  })

  return { height, first, inSight, spacer, around, scrolled, scrollTo, wheel }
}
