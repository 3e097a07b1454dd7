/** What the renderer draws beside the data, drawn here so that it looks the same: the legends of
 * colours, laid out as `scalar_bar.py` does, and the axes in the corner, as `window.py` does. */

import type { Camera } from '@/core/cameras'
import { cross, dot, minus, unit, type Vector } from '@/core/vectors'
import type { ColourTable, ScalarBar, Scene } from '@/generated/collab_proto/v1/scene_pb'

/** Thickness and texts are meant for a picture this high, and grow with others. */
const REFERENCE_HEIGHT_PX = 720
const LABEL_PX = 15
const TITLE_PX = 17
/** Side of the corner with the axes, in a picture of that height. */
const AXES_PX = 130
const SMALLEST_AXES_PX = 24
/** Around texts, as VTK leaves it. */
const AIR_PX = 2
/** Part of a text's size that is below its line. */
const DESCENT = 0.2
const FONT = 'Arial, "Liberation Sans", sans-serif'

export interface Size {
  readonly width: number
  readonly height: number
}

/** The part of a canvas' context that is used here. */
export type Pen = CanvasRenderingContext2D

/** Everything beside the data. size: of the picture, in its own pixels. */
export function annotate(pen: Pen, scene: Scene, camera: Camera, size: Size): void {
  const paper = paperOf(scene.background)
  const ink = inkOn(paper)
  if (scene.orientationAxes) drawAxes(pen, camera, size, ink)
  const taken: Box[] = []
  for (const bar of scene.bars) drawBar(pen, bar, size, ink, rgb(paper, 0.6), taken)
}

const rgb = ([r, g, b]: Vector, opacity = 1) => `rgba(${[r, g, b].map((part) => Math.round(255 * part)).join(',')},${opacity})`

/** Of a background that changes, the colour half-way. */
function paperOf(colours: readonly number[]): Vector {
  const at = (i: number) => ((colours[i] ?? 0) + (colours[i + 3] ?? colours[i] ?? 0)) / 2
  return [at(0), at(1), at(2)]
}

/** Black or white, whichever can be read on that. */
function inkOn([r, g, b]: Vector): string {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.5 ? '#000' : '#fff'
}

// -- axes ------------------------------------------------------------------------------------

const AXES: readonly { name: string; along: Vector; colour: Vector }[] = [
  { name: 'X', along: [1, 0, 0], colour: [0.95, 0.2, 0.2] },
  { name: 'Y', along: [0, 1, 0], colour: [0.2, 0.85, 0.2] },
  { name: 'Z', along: [0, 0, 1], colour: [0.35, 0.55, 1] },
]

/** Lengths of an axis, as `window.py` and VTK's axes have them. */
const LENGTH = 0.8
const SHAFT = { length: 0.7 * LENGTH, radius: 0.0196 }
const TIP_RADIUS = 0.077
/** Half of what is seen in the corner, where the axes meet. */
const REACH = 1.22
/** Of the corner's side. */
const NAME_SIZE = 0.092

function drawAxes(pen: Pen, camera: Camera, { width, height }: Size, ink: string): void {
  const side = Math.min(AXES_PX * Math.max(0.6, height / REFERENCE_HEIGHT_PX), width / 3, height / 3)
  if (side < SMALLEST_AXES_PX) return
  const { right, up, back } = frameOf(camera)
  const scale = side / 2 / REACH
  const seen = AXES.map(({ name, along, colour }) => {
    const [x, y, depth] = [dot(along, right), -dot(along, up), dot(along, back)]
    return { name, colour, x, y, depth }
  }).sort((one, other) => one.depth - other.depth)
  pen.save()
  pen.translate(side / 2, height - side / 2)
  for (const { x, y, depth, colour } of seen) {
    pen.strokeStyle = rgb(shade(colour, Math.hypot(x, y)))
    pen.lineWidth = Math.max(1, 2 * SHAFT.radius * scale)
    pen.beginPath()
    pen.moveTo(0, 0)
    pen.lineTo(x * SHAFT.length * scale, y * SHAFT.length * scale)
    pen.stroke()
    drawTip(pen, x, y, depth, colour, scale)
  }
  pen.fillStyle = ink
  pen.font = `${Math.max(8, Math.round(NAME_SIZE * side))}px ${FONT}`
  pen.textAlign = 'left'
  pen.textBaseline = 'alphabetic'
  for (const { name, x, y } of seen) pen.fillText(name, x * LENGTH * scale + 2, y * LENGTH * scale + 1)
  pen.restore()
}

/** A cone: its base is an ellipse, and its sides meet at its end. Light comes from where the eye is:
 * what faces that is bright. */
function drawTip(pen: Pen, x: number, y: number, depth: number, colour: Vector, scale: number): void {
  const [baseX, baseY] = [x * SHAFT.length * scale, y * SHAFT.length * scale]
  const radius = TIP_RADIUS * scale
  const angle = Math.atan2(y, x)
  const across = Math.hypot(x, y)
  const side = rgb(shade(colour, Math.max(0.3 * depth, 0) + 0.95 * across))
  const base = () => {
    pen.beginPath()
    pen.ellipse(baseX, baseY, Math.max(0.5, radius * Math.abs(depth)), radius, angle, 0, 2 * Math.PI)
    pen.fill()
  }
  pen.fillStyle = side
  if (depth > 0) base()
  pen.beginPath()
  pen.moveTo(baseX - Math.sin(angle) * radius, baseY + Math.cos(angle) * radius)
  pen.lineTo(x * LENGTH * scale, y * LENGTH * scale)
  pen.lineTo(baseX + Math.sin(angle) * radius, baseY - Math.cos(angle) * radius)
  pen.fill()
  pen.fillStyle = rgb(shade(colour, Math.max(0, -depth)))
  if (depth <= 0) base()
}

const shade = ([r, g, b]: Vector, by: number): Vector => [r * by, g * by, b * by]

/** Where right, up and backwards are, as a camera sees them. */
function frameOf({ position, focalPoint, viewUp }: Camera): Record<'right' | 'up' | 'back', Vector> {
  const away = minus(position, focalPoint)
  const back = unit(away.some(Boolean) ? away : [0, 0, 1])
  const right = unit(cross(viewUp, back))
  return { back, right, up: cross(back, right) }
}

// -- legends ---------------------------------------------------------------------------------

interface Box {
  readonly left: number
  readonly bottom: number
  readonly right: number
  readonly top: number
}

function drawBar(pen: Pen, bar: ScalarBar, size: Size, ink: string, paper: string, taken: Box[]): void {
  const { table } = bar
  if (!table) return
  const zoom = Math.min(3, Math.max(0.75, Math.min(size.width, size.height) / REFERENCE_HEIGHT_PX))
  const sizeOf = (px: number) => Math.max(9, Math.round(px * zoom))
  const measured = (text: string, px: number): Size => {
    if (!text) return { width: 0, height: 0 }
    pen.font = `${sizeOf(px)}px ${FONT}`
    return { width: Math.ceil(pen.measureText(text).width) + 2 * AIR_PX, height: sizeOf(px) + 2 * AIR_PX }
  }
  const length = bar.length * (bar.vertical ? size.height : size.width)
  const room = LABEL_PX * zoom * (bar.vertical ? 1.5 : 4)
  const labels = (bar.labels ? ticksOf(table, room / Math.max(length, 1)) : []).map((part) => {
    const text = labelOf(valueAt(table, part))
    return { part, text, size: measured(text, LABEL_PX) }
  })
  const title = measured(bar.title, TITLE_PX)
  const layout = placed(bar, { zoom, length, title, labels: labels.map((label) => label.size) }, size, taken)
  taken.push(layout.box)
  const below = (y: number) => size.height - y
  const thickness = bar.thickness * zoom
  const [x, y] = layout.bar
  const count = table.rgba.length / 4
  // A stripe for each pixel: others would show seams.
  const pixels = Math.max(1, Math.round(length))
  for (let at = 0; at < pixels; at++) {
    const i = Math.min(count - 1, Math.floor(((at + 0.5) / pixels) * count))
    const [r, g, b] = table.rgba.subarray(4 * i, 4 * i + 3)
    pen.fillStyle = `rgb(${r},${g},${b})`
    if (bar.vertical) pen.fillRect(x, Math.round(below(y)) - 1 - at, thickness, 1)
    else pen.fillRect(Math.round(x) + at, below(y + thickness), 1, thickness)
  }
  pen.textAlign = 'left'
  pen.textBaseline = 'alphabetic'
  const write = (text: string, px: number, left: number, bottom: number, box: Size) => {
    pen.font = `${sizeOf(px)}px ${FONT}`
    pen.fillStyle = paper
    pen.fillRect(left, below(bottom + box.height), box.width, box.height)
    pen.fillStyle = ink
    pen.fillText(text, left + AIR_PX, below(bottom) - AIR_PX - Math.round(DESCENT * sizeOf(px)))
  }
  for (const { part, text, size: label } of labels) {
    if (bar.vertical) write(text, LABEL_PX, x + thickness + layout.gap, y + part * length - label.height / 2, label)
    else write(text, LABEL_PX, x + part * length - label.width / 2, y - layout.gap - label.height, label)
  }
  if (bar.title) write(bar.title, TITLE_PX, layout.title[0], layout.title[1], title)
}

interface Contents {
  readonly zoom: number
  readonly length: number
  readonly title: Size
  readonly labels: readonly Size[]
}

type Place = readonly [number, number]

/** Where the parts of a bar go, in pixels from the lower left corner. */
export function placed(
  bar: Pick<ScalarBar, 'vertical' | 'location' | 'position' | 'thickness'>,
  { zoom, length, title, labels }: Contents,
  window: Size,
  taken: readonly Box[],
): { bar: Place; title: Place; box: Box; gap: number } {
  const gap = 5 * zoom
  const widest = Math.max(0, ...labels.map(({ width }) => width))
  const highest = Math.max(0, ...labels.map(({ height }) => height))
  const above = title.height ? title.height + 2 * gap + (bar.vertical ? highest / 2 : 0) : 0
  const thickness = bar.thickness * zoom
  const inner = bar.vertical
    ? { width: thickness + gap + widest, height: length }
    : { width: length, height: thickness }
  const below = bar.vertical ? highest / 2 : highest + gap
  // The end labels of a horizontal bar, and a long title, stick out to both sides.
  const aside = bar.vertical ? 0 : widest / 2
  const box = { width: Math.max(inner.width + 2 * aside, title.width), height: below + inner.height + above }
  const [left, bottom] = beside(cornerOf(bar, box, window, zoom), box, bar, window, taken, gap)
  const slack = box.width - inner.width - 2 * aside
  const shift = { 0: 0, 1: 0, 2: slack, 4: 0, 5: slack }[bar.location] ?? slack / 2
  const at: Place = [left + aside + shift, bottom + below]
  const over = Math.min(Math.max(at[0] + (inner.width - title.width) / 2, left), left + box.width - title.width)
  return {
    bar: at,
    title: [over, at[1] + inner.height + above - title.height],
    box: { left, bottom, right: left + box.width, top: bottom + box.height },
    gap,
  }
}

function cornerOf(
  { location, position }: Pick<ScalarBar, 'location' | 'position'>,
  box: Size,
  { width, height }: Size,
  zoom: number,
): Place {
  const margin = 14 * zoom
  const [right, top] = [width - box.width - margin, height - box.height - margin]
  if (location === 0) {
    const [x = 0, y = 0] = position
    return [Math.max(0, Math.min(x * width, right)), Math.max(0, Math.min(y * height, top))]
  }
  const x = { 1: margin, 4: margin, 2: right, 5: right }[location] ?? (width - box.width) / 2
  return [Math.max(0, x), Math.max(0, location <= 3 ? margin : top)]
}

/** A corner, or where a box there must go so as to lie on none that is taken. */
function beside(
  corner: Place,
  box: Size,
  { vertical, location }: Pick<ScalarBar, 'vertical' | 'location'>,
  window: Size,
  taken: readonly Box[],
  gap: number,
): Place {
  let [x, y] = corner
  const apart = 4 * gap
  const isRight = () => x + box.width / 2 > window.width / 2
  const order = [...taken].sort((a, b) => (isRight() ? b.left - a.left : a.left - b.left))
  for (const { left, bottom, right, top } of order) {
    if (x >= right || x + box.width <= left || y >= top || y + box.height <= bottom) continue
    if (!vertical) y = [4, 5, 6].includes(location) ? bottom - apart - box.height : top + apart
    else if (isRight()) x = left - apart - box.width
    else x = right + apart
  }
  const inside = x >= 0 && y >= 0 && x <= window.width - box.width && y <= window.height - box.height
  return inside ? [x, y] : corner
}

// -- numbers ---------------------------------------------------------------------------------

type Range = Pick<ColourTable, 'low' | 'high' | 'logarithmic'>

function valueAt({ low, high, logarithmic }: Range, part: number): number {
  const at = low + part * (high - low)
  return logarithmic ? 10 ** at : at
}

/** Which parts of a bar get a number: both ends, and round values between, no two closer than
 * `spacing` of the bar. One value is in the middle. */
export function ticksOf(range: Range, spacing: number): number[] {
  if (range.high <= range.low) return [0.5]
  const found = [0, 1]
  for (const value of roundValues(range, spacing)) {
    const at = range.logarithmic ? Math.log10(value) : value
    const part = (at - range.low) / (range.high - range.low)
    if (found.every((taken) => Math.abs(taken - part) >= spacing)) found.push(part)
  }
  return found.sort((a, b) => a - b)
}

function roundValues({ low, high, logarithmic }: Range, spacing: number): number[] {
  const between = (from: number, to: number) => Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i)
  if (logarithmic) {
    const decades = between(Math.floor(low), Math.floor(high))
    const values = [1, 2, 5].flatMap((m) => decades.map((decade) => m * 10 ** decade))
    return values.filter((value) => 10 ** low < value && value < 10 ** high)
  }
  const rough = (high - low) * Math.max(spacing, 0.2)
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5].find((m) => m * power >= rough) ?? 10)
  return between(Math.ceil(low / step), Math.floor(high / step)).map((i) => i * step)
}

/** Four digits, as Python's `.4g` has them. */
export function labelOf(value: number): string {
  if (value === 0) return '0'
  const exponent = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(4)))))
  if (exponent >= -4 && exponent < 4) return String(Number(value.toPrecision(4)))
  const [digits = '', power = ''] = value.toExponential(3).split('e')
  const magnitude = power.slice(1).padStart(2, '0')
  return `${Number(digits)}e${power.startsWith('-') ? '-' : '+'}${magnitude}`
}
