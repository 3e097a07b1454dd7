/** The picture of a view on its canvas: the server's as they come, or drawn here; each participant's own
 * size and camera. */

import { computed, onBeforeUnmount, onMounted, ref, type Ref, shallowRef, watch } from 'vue'

import type { Camera } from '@/core/cameras'
import type { CollabError } from '@/core/failures'
import { SERVER, SESSION } from '@/core/presence'
import { Traffic } from '@/core/traffic'
import { numbers } from '@/core/values'
import { Decoding } from '@/view/decoding'
import { type Frame, Frames } from '@/view/frames'

import { useSession } from './context'
import { useLocal } from './localView'
import { qualityOf, sharpness } from './sharpness'

/** More pixels than these nobody sees. */
const MOST_RATIO = 2

interface Drawn {
  readonly width: number
  readonly height: number
  readonly full: boolean
  readonly format?: string
}

export interface Window {
  readonly view: () => bigint
  readonly canvas: Readonly<Ref<HTMLCanvasElement | null>>
  /** What the canvas fills. */
  readonly stage: Readonly<Ref<HTMLElement | null>>
}

export function usePicture({ view, canvas, stage }: Window) {
  const session = useSession()
  const box = shallowRef({ width: 0, height: 0, ratio: 1 })
  const aspect = computed(() => box.value.width / Math.max(1, box.value.height))
  const failure = ref('')
  /** The last one; undefined: there was none yet. */
  const shown = shallowRef<Drawn>()
  const rate = ref(0)
  const drawnAt: number[] = []

  const traffic = new Traffic()
  const frames = new Frames({
    watched: session.connection.watched,
    decoder: new Decoding(),
    pushes: () => session.connection.pushesFrames,
    full: () => sharpness.value.full,
    received: (bytes) => {
      traffic.add(performance.now(), bytes)
    },
    ask: session.connection.ask,
    draw,
    failed(error: CollabError) {
      if (error.code !== 'transport.connection_lost') failure.value = error.message
    },
    now: () => performance.now(),
  })
  const local = useLocal({
    view,
    camera,
    canvas,
    box,
    begun: () => shown.value !== undefined || failure.value !== '',
    drawn: (size) => drawn({ ...size, full: true }),
    turned: () => (local.here.value ? frames.stop() : look(false, true)),
  })

  function draw({ image, width, height, full, format }: Frame): void {
    const target = canvas.value
    const context = target?.getContext('2d', { alpha: false })
    if (!target || !context) return
    const [own, tall] = [Math.round(box.value.width * box.value.ratio), Math.round(box.value.height * box.value.ratio)]
    if (target.width !== own || target.height !== tall) Object.assign(target, { width: own, height: tall })
    context.imageSmoothingQuality = 'high'
    context.drawImage(image, 0, 0, target.width, target.height)
    drawn({ width, height, full, format })
  }

  function drawn(picture: Drawn): void {
    shown.value = picture
    failure.value = ''
    const nowMs = performance.now()
    drawnAt.push(nowMs)
    while (drawnAt[0]! < nowMs - 1000) drawnAt.shift()
    rate.value = drawnAt.length
    // Not bound: a picture is no reason to render the page's parts anew.
    if (canvas.value) note(canvas.value.dataset, picture)
  }

  /** For tests and style sheets. */
  function note(data: DOMStringMap, { full, format }: Drawn): void {
    if (format) data.format = format
    else delete data.format
    data.drawn = full ? 'full' : 'small'
    data.frame = String(Number(data.frame ?? 0) + 1)
  }

  function camera(): Camera {
    return session.looking.camera(view(), aspect.value)
  }

  let seen = ''
  function look(moving: boolean, anyway = false): void {
    if (session.standing.value.kind !== 'joined' || !box.value.width) return
    const now = camera()
    const time = numbers(session.connection.mirror.presence.own(SERVER, SESSION).get('Time'))
    const key = JSON.stringify([now, box.value, time])
    if (key === seen && !anyway) return
    seen = key
    if (local.here.value) {
      local.paint()
      return
    }
    const { width, height, ratio } = box.value
    frames.want({ view: view(), camera: now, width: width * ratio, height: height * ratio }, moving)
  }

  watch([session.sceneTick, view], () => {
    look(false, true)
  })
  watch([session.presenceTick, session.stateTick], () => {
    look(true)
  })
  watch(session.standing, ({ kind }) => {
    if (kind !== 'joined') return
    resized()
    // A small picture is there sooner.
    look(true, true)
  })

  function resized(): void {
    const element = stage.value
    if (!element) return
    const { clientWidth: width, clientHeight: height } = element
    const ratio = Math.min(window.devicePixelRatio || 1, MOST_RATIO)
    box.value = { width, height, ratio }
    if (session.standing.value.kind !== 'joined' || !width || !height) return
    session.looking.showSize(view(), width, height, ratio * sharpness.value.scale)
    session.connection.show(view(), qualityOf(session.connection.mirror.state, view()))
    look(true)
  }
  watch(sharpness, () => {
    frames.stop()
    resized()
    look(false, true)
  })

  const observer = new ResizeObserver(resized)
  onMounted(() => {
    if (stage.value) observer.observe(stage.value)
    resized()
  })
  onBeforeUnmount(() => {
    observer.disconnect()
    frames.stop()
  })

  /** Who draws it, and how well, in a few words; '': there is none yet. */
  const quality = computed(() => {
    const now = shown.value
    if (!now) return ''
    if (local.here.value) return 'local'
    return `remote ${now.width} × ${now.height}${rate.value > 1 && !now.full ? ` · ${rate.value} fps` : ''}`
  })

  return {
    box,
    aspect,
    camera,
    failure,
    quality,
    standing: local.standing,
    traffic,
    /** Whether there was any picture yet. */
    isThere: computed(() => shown.value !== undefined),
  }
}
