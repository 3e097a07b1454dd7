/** A view drawn here: its scene is kept up with, and its pictures go onto the same canvas as those of
 * the server. */

import { computed, onBeforeUnmount, ref, type Ref, shallowRef, watch } from 'vue'

import type { Camera } from '@/core/cameras'
import { CollabError } from '@/core/failures'
import { SERVER, SESSION } from '@/core/presence'
import { numbers } from '@/core/values'
import { annotate } from '@/view/annotations'
import { Geometries } from '@/view/geometries'
import { type Choice, Local, type Painting, type Standing } from '@/view/local'

import { useSession } from './context'

const KEY = 'collab.drawn'

function remembered(): Choice {
  const kept = localStorage.getItem(KEY)
  return kept === 'here' || kept === 'server' ? kept : 'automatic'
}

/** Of all views of this page. */
const choice = ref<Choice>(remembered())
/** Contents have the same name everywhere. */
const geometries = new Geometries()

export function useChoice() {
  return computed({
    get: () => choice.value,
    set: (chosen: Choice) => {
      choice.value = chosen
      localStorage.setItem(KEY, chosen)
    },
  })
}

export interface Window {
  readonly view: () => bigint
  readonly camera: () => Camera
  readonly canvas: Readonly<Ref<HTMLCanvasElement | null>>
  readonly box: Readonly<Ref<{ readonly width: number; readonly height: number; readonly ratio: number }>>
  /** Whether something is seen already, or why nothing is. */
  readonly begun: () => boolean
  /** A picture is on the canvas. */
  drawn(size: { width: number; height: number }): void
  /** Who draws has changed. */
  turned(): void
}

export function useLocal(window: Window) {
  const session = useSession()
  const standing = shallowRef<Standing>({ kind: 'server', why: '' })
  const here = computed(() => standing.value.kind === 'here')
  const local = new Local(
    {
      ask: (query) => session.connection.ask(query),
      whyNot,
      load,
      changed() {
        const before = here.value
        standing.value = local.standing
        if (here.value !== before) window.turned()
        if (here.value) paint()
      },
    },
    geometries,
  )

  let requested: number | undefined
  /** Draw with the camera as it is when the screen is drawn next. */
  function paint(): void {
    requested ??= requestAnimationFrame(() => {
      requested = undefined
      drawNow()
    })
  }

  function drawNow(): void {
    const [target, { width, height, ratio }] = [window.canvas.value, window.box.value]
    const size = { width: Math.round(width * ratio), height: Math.round(height * ratio) }
    const pen = target?.getContext('2d', { alpha: false })
    if (!target || !pen || !size.width || !size.height || !local.scene) return
    const camera = window.camera()
    const picture = local.draw(camera, size.width, size.height)
    if (!picture) return
    if (target.width !== size.width || target.height !== size.height) Object.assign(target, size)
    pen.drawImage(picture, 0, 0)
    annotate(pen, local.scene, camera, size)
    window.drawn(size)
  }

  watch(choice, (chosen) => local.choose(chosen), { immediate: true })
  // The server's first picture is there sooner than what draws here: that is loaded behind it.
  watch(
    [window.view, session.standing, window.begun],
    ([view, { kind }, begun]) => {
      if (kind === 'joined' && begun) local.look(view)
    },
    { immediate: true },
  )
  /** While it plays, what is shown is no event. */
  const time = computed(() => (void session.presenceTick.value, numbers(session.connection.mirror.presence.own(SERVER, SESSION).get('Time'))[0]))
  watch([session.sceneTick, time], () => local.changed())
  onBeforeUnmount(() => {
    if (requested !== undefined) cancelAnimationFrame(requested)
    local.close()
  })

  return { standing, here, paint }
}

let able: boolean | undefined

/** Why nothing can be drawn in this browser; asked of it once. */
function whyNot(): string {
  if (able === undefined) {
    const probe = document.createElement('canvas').getContext('webgl2')
    able = probe !== null
    probe?.getExtension('WEBGL_lose_context')?.loseContext()
  }
  return able ? '' : 'This browser has no WebGL 2, which drawing here needs'
}

async function load(lost: () => void): Promise<Painting> {
  try {
    const { Painter } = await import('@/view/painter')
    return new Painter(lost)
  } catch {
    throw new CollabError('renderer', 'What draws here can’t be loaded: reload the page')
  }
}
