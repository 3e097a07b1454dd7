/** Draws scenes with vtk.js, into a canvas of its own. Loaded only when something is drawn here. */

import '@kitware/vtk.js/Rendering/OpenGL/Actor'
import '@kitware/vtk.js/Rendering/OpenGL/Camera'
import '@kitware/vtk.js/Rendering/OpenGL/PolyDataMapper'
import '@kitware/vtk.js/Rendering/OpenGL/Renderer'
import '@kitware/vtk.js/Rendering/OpenGL/Texture'
import '@kitware/vtk.js/Rendering/OpenGL/Volume'
import '@kitware/vtk.js/Rendering/OpenGL/VolumeMapper'

import type { mat3, mat4 } from 'gl-matrix'

import vtkDataArray from '@kitware/vtk.js/Common/Core/DataArray'
import vtkLookupTable from '@kitware/vtk.js/Common/Core/LookupTable'
import vtkImageData from '@kitware/vtk.js/Common/DataModel/ImageData'
import vtkPiecewiseFunction from '@kitware/vtk.js/Common/DataModel/PiecewiseFunction'
import vtkPlane from '@kitware/vtk.js/Common/DataModel/Plane'
import vtkPolyData from '@kitware/vtk.js/Common/DataModel/PolyData'
import vtkOpenGLRenderWindow from '@kitware/vtk.js/Rendering/OpenGL/RenderWindow'
import vtkActor from '@kitware/vtk.js/Rendering/Core/Actor'
import vtkColorTransferFunction from '@kitware/vtk.js/Rendering/Core/ColorTransferFunction'
import vtkLight from '@kitware/vtk.js/Rendering/Core/Light'
import vtkMapper from '@kitware/vtk.js/Rendering/Core/Mapper'
import { ColorMode, ScalarMode } from '@kitware/vtk.js/Rendering/Core/Mapper/Constants'
import { Interpolation, Representation } from '@kitware/vtk.js/Rendering/Core/Property/Constants'
import vtkRenderer from '@kitware/vtk.js/Rendering/Core/Renderer'
import vtkRenderWindow from '@kitware/vtk.js/Rendering/Core/RenderWindow'
import vtkRenderWindowInteractor from '@kitware/vtk.js/Rendering/Core/RenderWindowInteractor'
import vtkVolume from '@kitware/vtk.js/Rendering/Core/Volume'
import vtkVolumeMapper from '@kitware/vtk.js/Rendering/Core/VolumeMapper'

import type { Camera } from '@/core/cameras'
import { type Colours, coloursOf, gridOf, KINDS, type Kind, surfaceOf } from '@/core/geometry'
import { nameOf } from '@/core/scene'
import { cross, dot, minus, times, unit, type Vector } from '@/core/vectors'
import type {
  ColourTable,
  Scene,
  SceneLook,
  SceneSurface,
  SceneVolume,
} from '@/generated/collab_proto/v1/scene_pb'

export type Contents = (name: string) => Uint8Array<ArrayBuffer>

const COLOURS = 'colours'

/** How far what is selected is drawn before the surface that it is of, in steps of the depth buffer. */
const NEARER = -8

/** Steps of a ray through a volume; longer ones are coarser. */
const MOST_SAMPLES = 4_000

export class Painter {
  readonly #window = vtkRenderWindow.newInstance()
  readonly #renderer = vtkRenderer.newInstance()
  /** What lies behind everything: a colour, and before that a square from one colour to another. */
  readonly #backdrop = vtkRenderer.newInstance()
  readonly #corners = vtkDataArray.newInstance({ name: COLOURS, numberOfComponents: 3, values: new Uint8Array(12) })
  readonly #gradient = squareOf(this.#corners)
  readonly #canvas = vtkOpenGLRenderWindow.newInstance()
  #actors = new Map<string, vtkActor>()
  #volumes = new Map<string, vtkVolume>()

  /** lost: called when the browser takes the graphics card away. */
  constructor(lost: () => void) {
    this.#canvas.getCanvas()?.addEventListener('webglcontextlost', lost)
    this.#backdrop.addActor(this.#gradient)
    const eye = this.#backdrop.getActiveCamera()
    eye.setParallelProjection(true)
    eye.setParallelScale(1)
    this.#window.setNumberOfLayers(2)
    this.#renderer.setLayer(1)
    this.#window.addRenderer(this.#backdrop)
    this.#window.addRenderer(this.#renderer)
    this.#window.addView(this.#canvas)
    // Volumes ask it whether anything moves by itself. It listens to nothing.
    this.#window.setInteractor(vtkRenderWindowInteractor.newInstance())
    this.#renderer.setAutomaticLightCreation(false)
    this.#renderer.setLightFollowCamera(true)
  }

  /** Draw this from now on. What is there already stays on the graphics card. Throws for contents
   * that are not what the scene says; then what was drawn before is drawn still. */
  show(scene: Scene, contents: Contents): void {
    const actors = new Map<string, vtkActor>()
    const seen = new Map<string, number>()
    for (const surface of scene.surfaces) {
      const same = [surface.representation, nameOf(surface.geometry), nameOf(surface.scalars), surface.ofCells].join('/')
      const count = seen.get(same) ?? 0
      seen.set(same, count + 1)
      const key = `${same}/${count}`
      const actor = this.#actors.get(key) ?? actorOf(surface, contents)
      dress(actor, surface)
      actors.set(key, actor)
    }
    const volumes = new Map<string, vtkVolume>()
    for (const volume of scene.volumes) {
      const key = `${volume.representation}/${nameOf(volume.image)}`
      const drawn = this.#volumes.get(key) ?? volumeOf(volume, contents)
      dressVolume(drawn, volume)
      volumes.set(key, drawn)
    }
    this.#replace(actors, volumes)
    this.#light(scene)
    this.#paper(scene.background)
  }

  #replace(actors: Map<string, vtkActor>, volumes: Map<string, vtkVolume>): void {
    for (const [key, actor] of this.#actors) if (actors.get(key) !== actor) this.#drop(actor)
    for (const [key, volume] of this.#volumes) if (volumes.get(key) !== volume) this.#drop(volume)
    for (const actor of actors.values()) this.#renderer.addActor(actor)
    for (const volume of volumes.values()) this.#renderer.addVolume(volume)
    this.#actors = actors
    this.#volumes = volumes
  }

  #drop(prop: vtkActor | vtkVolume): void {
    this.#renderer.removeViewProp(prop)
    prop.getMapper()?.delete()
    prop.delete()
  }

  #light(scene: Scene): void {
    this.#renderer.removeAllLights()
    for (const { direction, colour } of scene.lights) {
      const [x = 0, y = 0, z = -1] = direction
      const [red = 1, green = 1, blue = 1] = colour
      const light = vtkLight.newInstance()
      light.setLightTypeToCameraLight()
      light.setPosition(-x, -y, -z)
      light.setFocalPoint(0, 0, 0)
      light.setColor([red, green, blue])
      this.#renderer.addLight(light)
    }
  }

  /** One colour, or two: below and above. */
  #paper(colours: readonly number[]): void {
    const [red = 0, green = 0, blue = 0] = colours
    this.#backdrop.setBackground([red, green, blue, 1])
    this.#gradient.setVisibility(colours.length > 3)
    const corners = [0, 0, 3, 3].flatMap((at) => colours.slice(at, at + 3)).map((part) => Math.round(255 * part))
    this.#corners.setData(Uint8Array.from(corners))
    this.#corners.modified()
    ;(this.#gradient.getMapper() as vtkMapper).modified()
  }

  /** The picture, to be taken before the browser does anything else. */
  draw(camera: Camera, width: number, height: number): HTMLCanvasElement {
    this.#canvas.setSize(width, height)
    const eye = this.#renderer.getActiveCamera()
    eye.setPosition(...camera.position)
    eye.setFocalPoint(...camera.focalPoint)
    eye.setViewUp(...camera.viewUp)
    eye.setViewAngle(camera.viewAngle)
    eye.setParallelScale(camera.parallelScale)
    eye.setParallelProjection(camera.parallelProjection)
    this.#renderer.resetCameraClippingRange()
    // The square's is two high and as wide as any window.
    this.#gradient.setScale(width / height, 1, 1)
    this.#canvas.traverseAllPasses()
    const canvas = this.#canvas.getCanvas()
    if (!canvas) throw new Error('there is no canvas to draw on')
    return canvas
  }

  /** Give the graphics card's memory back. */
  close(): void {
    this.#replace(new Map(), new Map())
    this.#canvas.traverseAllPasses()
    this.#canvas.delete()
    this.#renderer.delete()
    this.#backdrop.delete()
    this.#window.delete()
  }
}

/** Two wide and high, each corner of its own colour. */
function squareOf(colours: vtkDataArray): vtkActor {
  const data = vtkPolyData.newInstance()
  data.getPoints().setData(Float32Array.of(-1, -1, 0, 1, -1, 0, 1, 1, 0, -1, 1, 0), 3)
  data.getPolys().setData(Uint32Array.of(4, 0, 1, 2, 3))
  data.getPointData().addArray(colours)
  const mapper = vtkMapper.newInstance()
  mapper.setInputData(data)
  mapper.setColorByArrayName(COLOURS)
  mapper.setScalarMode(ScalarMode.USE_POINT_FIELD_DATA)
  mapper.setColorMode(ColorMode.DIRECT_SCALARS)
  const square = vtkActor.newInstance()
  square.setMapper(mapper)
  square.getProperty().setLighting(false)
  return square
}

// -- surfaces --------------------------------------------------------------------------------

const ADD: Record<Kind, 'getVerts' | 'getLines' | 'getPolys' | 'getStrips'> = {
  verts: 'getVerts',
  lines: 'getLines',
  polys: 'getPolys',
  strips: 'getStrips',
}

function actorOf(surface: SceneSurface, contents: Contents): vtkActor {
  const shape = surfaceOf(contents(nameOf(surface.geometry)))
  const data = vtkPolyData.newInstance()
  data.getPoints().setData(shape.points, 3)
  for (const kind of KINDS) data[ADD[kind]]().setData(shape.cells[kind])
  if (shape.normals) {
    const normals = vtkDataArray.newInstance({ name: 'Normals', numberOfComponents: 3, values: shape.normals })
    data.getPointData().setNormals(normals)
  }
  const mapper = vtkMapper.newInstance()
  mapper.setInputData(data)
  mapper.setScalarVisibility(false)
  if (surface.scalars) {
    const count = surface.ofCells ? shape.cellCount : shape.pointCount
    const fields = surface.ofCells ? data.getCellData() : data.getPointData()
    const colours = coloursOf(contents(nameOf(surface.scalars)), count)
    fields.addArray(arrayOf(colours))
    mapper.setScalarVisibility(true)
    mapper.setColorByArrayName(COLOURS)
    mapper.setScalarMode(surface.ofCells ? ScalarMode.USE_CELL_FIELD_DATA : ScalarMode.USE_POINT_FIELD_DATA)
    mapper.setUseLookupTableScalarRange(true)
    const mapped = colours.kind === 'numbers'
    mapper.setColorMode(mapped ? ColorMode.MAP_SCALARS : ColorMode.DIRECT_SCALARS)
    // Colours between points are those of the numbers there, not mixed from the corners'.
    mapper.setInterpolateScalarsBeforeMapping(mapped && !surface.ofCells)
  }
  const actor = vtkActor.newInstance()
  actor.setMapper(mapper)
  return actor
}

function arrayOf(colours: Colours): vtkDataArray {
  const numberOfComponents = colours.kind === 'colours' ? 4 : 1
  return vtkDataArray.newInstance({ name: COLOURS, numberOfComponents, values: colours.values })
}

function dress(actor: vtkActor, surface: SceneSurface): void {
  const { look, table } = surface
  const mapper = actor.getMapper() as vtkMapper
  if (look) dressProperty(actor, look, surface.scalars !== undefined)
  if (table) mapper.setLookupTable(tableOf(table))
  if (surface.inFront) {
    mapper.setResolveCoincidentTopologyToPolygonOffset()
    mapper.setRelativeCoincidentTopologyLineOffsetParameters(0, NEARER)
    mapper.setRelativeCoincidentTopologyPointOffsetParameters(0, NEARER)
  }
  actor.setUserMatrix(matrixOf(surface.matrix))
}

const STYLES: Record<string, Representation> = {
  Points: Representation.POINTS,
  Wireframe: Representation.WIREFRAME,
}

function dressProperty(actor: vtkActor, look: SceneLook, coloured: boolean): void {
  const property = actor.getProperty()
  const [red = 1, green = 1, blue = 1] = look.colour
  // Colours of numbers are multiplied with this one.
  if (coloured) property.setColor(1, 1, 1)
  else property.setColor(red, green, blue)
  property.setRepresentation(STYLES[look.style] ?? Representation.SURFACE)
  property.setEdgeVisibility(look.style === 'Surface With Edges')
  const [edgeRed = 0, edgeGreen = 0, edgeBlue = 0] = look.edgeColour
  property.setEdgeColor(edgeRed, edgeGreen, edgeBlue)
  property.setOpacity(look.opacity)
  property.setLineWidth(look.lineWidth)
  property.setPointSize(look.pointSize)
  property.setLighting(look.lit)
  property.setInterpolation(look.smooth ? Interpolation.GOURAUD : Interpolation.FLAT)
  property.setAmbient(look.ambient)
  property.setDiffuse(look.diffuse)
  property.setSpecular(look.specular)
  property.setSpecularPower(look.specularPower)
}

/** Colours of numbers. A range of one number is all the first colour's. */
function tableOf({ low, high, rgba, nan, below, above }: ColourTable): vtkLookupTable {
  const table = vtkLookupTable.newInstance()
  table.setNanColor(fractions(nan))
  if (below.length) {
    table.setUseBelowRangeColor(true)
    table.setBelowRangeColor(fractions(below))
  }
  if (above.length) {
    table.setUseAboveRangeColor(true)
    table.setAboveRangeColor(fractions(above))
  }
  table.setTable(vtkDataArray.newInstance({ numberOfComponents: 4, values: Uint8Array.from(rgba) }))
  table.setRange(low, high > low ? high : low + 1)
  return table
}

type Four = [number, number, number, number]
const fractions = (bytes: Uint8Array): Four => [0, 1, 2, 3].map((i) => (bytes[i] ?? 255) / 255) as Four

/** Rows as columns. */
function matrixOf(rows: readonly number[]): mat4 {
  const column = (i: number) => (rows.length ? rows[(i % 4) * 4 + Math.floor(i / 4)]! : Number(i % 5 === 0))
  return Array.from({ length: 16 }, (_, i) => column(i)) as unknown as mat4
}

// -- volumes ---------------------------------------------------------------------------------

function volumeOf({ image }: SceneVolume, contents: Contents): vtkVolume {
  const grid = gridOf(contents(nameOf(image)))
  const data = vtkImageData.newInstance()
  data.setDimensions([...grid.dimensions])
  const [dx = 1, dy = 1, dz = 1] = grid.spacing
  data.setSpacing([dx, dy, dz])
  const [x = 0, y = 0, z = 0] = grid.origin
  data.setOrigin([x, y, z])
  // vtk.js has it column by column.
  const turned = [0, 1, 2].flatMap((column) => [0, 1, 2].map((row) => grid.direction[3 * row + column]!))
  data.setDirection(turned as unknown as mat3)
  data.getPointData().setScalars(vtkDataArray.newInstance({ name: COLOURS, values: grid.values }))
  const mapper = vtkVolumeMapper.newInstance()
  mapper.setInputData(data)
  mapper.setAutoAdjustSampleDistances(false)
  mapper.setMaximumSamplesPerRay(MOST_SAMPLES)
  const volume = vtkVolume.newInstance()
  volume.setMapper(mapper)
  return volume
}

function dressVolume(drawn: vtkVolume, volume: SceneVolume): void {
  const { table, opacities } = volume
  const property = drawn.getProperty()
  if (table) property.setRGBTransferFunction(0, functionOf(table))
  const opacity = vtkPiecewiseFunction.newInstance()
  for (let i = 0; i < opacities.length; i += 4) {
    opacity.addPointLong(opacities[i]!, opacities[i + 1]!, opacities[i + 2]!, opacities[i + 3]!)
  }
  property.setScalarOpacity(0, opacity)
  property.setScalarOpacityUnitDistance(0, volume.unitDistance)
  property.setInterpolationTypeToLinear()
  property.setShade(false)
  const mapper = drawn.getMapper() as vtkVolumeMapper
  mapper.setSampleDistance(volume.sampleDistance)
  drawn.setUserMatrix(matrixOf(volume.matrix))
  mapper.removeAllClippingPlanes()
  for (const plane of sidesOf(mapper.getInputData() as vtkImageData, volume.matrix)) mapper.addClippingPlane(plane)
}

/** The sides of a grid, which goes from its first point to its last: vtk.js would draw it half a step
 * further, as if each point were the middle of a box. */
function sidesOf(grid: vtkImageData, rows: readonly number[]): vtkPlane[] {
  const moved = ([x, y, z]: Vector): Vector => {
    if (!rows.length) return [x, y, z]
    const at = (row: number) => rows[4 * row]! * x + rows[4 * row + 1]! * y + rows[4 * row + 2]! * z + rows[4 * row + 3]!
    return [at(0), at(1), at(2)]
  }
  const [nx, ny, nz] = grid.getDimensions()
  const corner = (i: number, j: number, k: number) => moved(grid.indexToWorld([i, j, k]) as unknown as Vector)
  const [first, last] = [corner(0, 0, 0), corner(nx - 1, ny - 1, nz - 1)]
  const edges = [corner(1, 0, 0), corner(0, 1, 0), corner(0, 0, 1)].map((end) => minus(end, first))
  return edges.flatMap((edge, i) => {
    const across = unit(cross(edges[(i + 1) % 3]!, edges[(i + 2) % 3]!))
    const inward = dot(across, edge) < 0 ? times(across, -1) : across
    return [planeOf(first, inward), planeOf(last, times(inward, -1))]
  })
}

function planeOf(origin: Vector, normal: Vector): vtkPlane {
  return vtkPlane.newInstance({ origin: [...origin], normal: [...normal] })
}

function functionOf({ low, high, rgba }: ColourTable): vtkColorTransferFunction {
  const colours = vtkColorTransferFunction.newInstance()
  const count = rgba.length / 4
  for (let i = 0; i < count; i++) {
    const [red, green, blue] = fractions(rgba.subarray(4 * i, 4 * i + 4))
    colours.addRGBPoint(low + ((i + 0.5) / count) * (high - low), red, green, blue)
  }
  return colours
}
