/** What is drawn in a view, as the renderer describes it, checked. */

import { fromBinary } from '@bufbuild/protobuf'

import { type ColourTable, type Scene, type SceneContent, SceneSchema } from '@/generated/collab_proto/v1/scene_pb'

import { hex } from './bytes'
import { CollabError, textOfError } from './failures'

/** More than anybody would see. */
const MAX_PARTS = 10_000
const MAX_COLOURS = 4_096
const MAX_LIGHTS = 16
const MAX_NODES = 4 * 4_096
const MAX_CONTENT_BYTES = 96 * 1024 * 1024

const wrong = (reason: string) => new CollabError('protocol.remote', `that is no scene: ${reason}`)

/** Throws for bytes that are no scene, or one that can't be drawn. */
export function sceneOf(bytes: Uint8Array): Scene {
  let scene: Scene
  try {
    scene = fromBinary(SceneSchema, bytes)
  } catch (error) {
    throw wrong(textOfError(error))
  }
  const { surfaces, volumes, bars, background, lights } = scene
  if (surfaces.length + volumes.length + bars.length > MAX_PARTS) throw wrong('it has too many parts')
  if (lights.length > MAX_LIGHTS) throw wrong('it has too many lights')
  if (background.length !== 3 && background.length !== 6) throw wrong('it has no background')
  finite(background)
  for (const { direction, colour } of lights) {
    vector(direction)
    vector(colour)
  }
  for (const { geometry, scalars, table, look, matrix } of surfaces) {
    content(geometry)
    if (scalars) content(scalars)
    if (table) colours(table)
    if (!look) throw wrong('a surface has no look')
    vector(look.colour)
    vector(look.edgeColour)
    const { opacity, lineWidth, pointSize, ambient, diffuse, specular, specularPower } = look
    finite([opacity, lineWidth, pointSize, ambient, diffuse, specular, specularPower])
    place(matrix)
  }
  for (const { image, table, opacities, unitDistance, sampleDistance, matrix } of volumes) {
    content(image)
    colours(table)
    finite([...opacities, unitDistance, sampleDistance])
    if (opacities.length > MAX_NODES || opacities.length % 4) throw wrong('its opacities are none')
    if (!(unitDistance > 0 && sampleDistance > 0)) throw wrong('its distances are none')
    place(matrix)
  }
  for (const { table, position, length, thickness } of bars) {
    colours(table)
    finite([...position, length, thickness])
    if (position.length !== 2) throw wrong('a bar is nowhere')
  }
  return scene
}

/** The contents that a scene names, each once, by the name that `nameOf` gives them. */
export function contentsOf(scene: Scene): Map<string, SceneContent> {
  const found = new Map<string, SceneContent>()
  const note = (content: SceneContent | undefined) => {
    if (content) found.set(nameOf(content), content)
  }
  for (const { geometry, scalars } of scene.surfaces) [geometry, scalars].forEach(note)
  for (const { image } of scene.volumes) note(image)
  return found
}

export const nameOf = (content: SceneContent | undefined): string => (content ? hex(content.sha256) : '')

export function sizeOf(contents: Iterable<SceneContent>): number {
  let size = 0
  for (const { sizeBytes } of contents) size += Number(sizeBytes)
  return size
}

// -- beneath ---------------------------------------------------------------------------------

function content(content: SceneContent | undefined): void {
  if (content?.sha256.length !== 32) throw wrong('a content has no name')
  if (content.sizeBytes > MAX_CONTENT_BYTES) throw wrong(`a content of ${content.sizeBytes} bytes`)
}

function colours(table: ColourTable | undefined): void {
  if (!table) throw wrong('it has no colours')
  const count = table.rgba.length / 4
  if (!Number.isInteger(count) || count < 1 || count > MAX_COLOURS) throw wrong(`${count} colours`)
  if (table.nan.length !== 4) throw wrong('it has no colour for what is no number')
  if (![table.below, table.above].every(({ length }) => length === 0 || length === 4)) throw wrong('a colour is none')
  finite([table.low, table.high])
  if (table.low > table.high) throw wrong('its colours go backwards')
}

function vector(numbers: readonly number[]): void {
  if (numbers.length !== 3) throw wrong('a colour or direction has not three numbers')
  finite(numbers)
}

function place(matrix: readonly number[]): void {
  if (matrix.length !== 0 && matrix.length !== 16) throw wrong('a place is none')
  finite(matrix)
}

function finite(numbers: readonly number[]): void {
  if (numbers.some((number) => !Number.isFinite(number))) throw wrong('a number is none')
}
