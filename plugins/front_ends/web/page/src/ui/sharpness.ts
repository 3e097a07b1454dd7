/** How good the server's pictures shall be: each viewer's own choice, for all views of this page. */

import { computed, ref } from 'vue'

import type { State } from '@/core/state'
import { integers, named } from '@/core/values'
import type { NamedValue } from '@/generated/collab_proto/v1/session_pb'

const KEY = 'collab.sharpness'

export interface Sharpness {
  readonly name: string
  readonly label: string
  readonly hint: string
  /** As the view's `Quality` has it: 1 to 100 at most; 0: as good as can be. */
  readonly quality: number
  /** Pixels of a picture for one of the window, along each side. */
  readonly scale: number
  /** Never smaller or coarser while it moves. */
  readonly full: boolean
}

const AUTOMATIC: Sharpness = { name: 'automatic', label: 'As the line allows', hint: 'Sharp at rest, coarser while it moves', quality: 0, scale: 1, full: false }

export const SHARPNESSES: readonly Sharpness[] = [
  { name: 'fast', label: 'Fast', hint: 'Small and coarse, at rest too: for slow lines', quality: 50, scale: 0.7, full: false },
  AUTOMATIC,
  { name: 'sharp', label: 'Sharp', hint: 'In full while it moves, too: fewer pictures a second', quality: 0, scale: 1, full: true },
]

const nameOf = (wanted: string | null) => SHARPNESSES.find(({ name }) => name === wanted)?.name ?? AUTOMATIC.name
const chosen = ref(nameOf(localStorage.getItem(KEY)))

export const sharpness = computed(() => SHARPNESSES.find(({ name }) => name === chosen.value) ?? AUTOMATIC)

export function chooseSharpness({ name }: Sharpness): void {
  chosen.value = name
  localStorage.setItem(KEY, name)
}

/** What the server is told of a view; nothing, if it is an older one. */
export function qualityOf(state: State, view: bigint): NamedValue[] {
  return state.property(view, 'Quality') ? [named('Quality', integers(sharpness.value.quality))] : []
}
