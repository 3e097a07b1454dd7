/** Draws scenes with vtk.js, into a canvas of its own. Loaded only when something is drawn here. */

import '@kitware/vtk.js/Rendering/OpenGL/Actor'
import '@kitware/vtk.js/Rendering/OpenGL/Camera'
import '@kitware/vtk.js/Rendering/OpenGL/PolyDataMapper'
import '@kitware/vtk.js/Rendering/OpenGL/Renderer'
import '@kitware/vtk.js/Rendering/OpenGL/Texture'
import '@kitware/vtk.js/Rendering/OpenGL/Volume'
import '@kitware/vtk.js/Rendering/OpenGL/VolumeMapper'

import { equals } from '@bufbuild/protobuf'
import vtkDataArray from '@kitware/vtk.js/Common/Core/DataArray'
import vtkOpenGLRenderWindow from '@kitware/vtk.js/Rendering/OpenGL/RenderWindow'
import type vtkActor from '@kitware/vtk.js/Rendering/Core/Actor'
import vtkLight from '@kitware/vtk.js/Rendering/Core/Light'
import type vtkMapper from '@kitware/vtk.js/Rendering/Core/Mapper'
import vtkRenderer from '@kitware/vtk.js/Rendering/Core/Renderer'
import vtkRenderWindow from '@kitware/vtk.js/Rendering/Core/RenderWindow'
import vtkRenderWindowInteractor from '@kitware/vtk.js/Rendering/Core/RenderWindowInteractor'
import type vtkVolume from '@kitware/vtk.js/Rendering/Core/Volume'

import type { Camera } from '@/core/cameras'
import { nameOf } from '@/core/scene'
import { type Scene, type SceneSurface, SceneSurfaceSchema, type SceneVolume, SceneVolumeSchema } from '@/generated/collab_proto/v1/scene_pb'

import type { Contents, Painting } from './local'
import { actorOf, dress, squareOf } from './surfaces'
import { dressVolume, volumeOf } from './volumes'
import { COLOURS } from './vtk'

interface Drawn<Prop, Said> {
  readonly prop: Prop
  /** How the scene says that it looks. */
  readonly said: Said
}
type Surfaces = Map<string, Drawn<vtkActor, SceneSurface>>
type Volumes = Map<string, Drawn<vtkVolume, SceneVolume>>

export class Painter implements Painting {
  readonly #window = vtkRenderWindow.newInstance()
  readonly #renderer = vtkRenderer.newInstance()
  /** What lies behind everything: a colour, and before that a square from one colour to another. */
  readonly #backdrop = vtkRenderer.newInstance()
  readonly #corners = vtkDataArray.newInstance({ name: COLOURS, numberOfComponents: 3, values: new Uint8Array(12) })
  readonly #gradient = squareOf(this.#corners)
  readonly #canvas = vtkOpenGLRenderWindow.newInstance()
  #surfaces: Surfaces = new Map()
  #volumes: Volumes = new Map()
  #isLost = false

  /** lost: called when the browser takes the graphics card away. */
  constructor(private readonly lost: () => void) {
    this.#canvas.getCanvas()?.addEventListener('webglcontextlost', this.#lose)
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
    // Whatever is dressed anew goes to the graphics card anew.
    const dressing: (() => void)[] = []
    const surfaces: Surfaces = new Map()
    const seen = new Map<string, number>()
    for (const said of scene.surfaces) {
      const same = [said.representation, nameOf(said.geometry), nameOf(said.scalars), said.ofCells].join('/')
      const count = seen.get(same) ?? 0
      seen.set(same, count + 1)
      const key = `${same}/${count}`
      const before = this.#surfaces.get(key)
      const prop = before?.prop ?? actorOf(said, contents)
      if (!before || !equals(SceneSurfaceSchema, before.said, said)) dressing.push(() => dress(prop, said))
      surfaces.set(key, { prop, said })
    }
    const volumes: Volumes = new Map()
    for (const said of scene.volumes) {
      const key = `${said.representation}/${nameOf(said.image)}`
      const before = this.#volumes.get(key)
      const prop = before?.prop ?? volumeOf(said, contents)
      if (!before || !equals(SceneVolumeSchema, before.said, said)) dressing.push(() => dressVolume(prop, said))
      volumes.set(key, { prop, said })
    }
    for (const dressed of dressing) dressed()
    this.#replace(surfaces, volumes)
    this.#light(scene)
    this.#paper(scene.background)
  }

  #replace(surfaces: Surfaces, volumes: Volumes): void {
    for (const [key, { prop }] of this.#surfaces) if (surfaces.get(key)?.prop !== prop) this.#drop(prop)
    for (const [key, { prop }] of this.#volumes) if (volumes.get(key)?.prop !== prop) this.#drop(prop)
    for (const { prop } of surfaces.values()) this.#renderer.addActor(prop)
    for (const { prop } of volumes.values()) this.#renderer.addVolume(prop)
    this.#surfaces = surfaces
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

  readonly #lose = () => {
    this.#isLost = true
    this.lost()
  }

  /** Give the graphics card back: a browser lends few of them, and takes the oldest away for a new one. */
  close(): void {
    const canvas = this.#canvas.getCanvas()
    canvas?.removeEventListener('webglcontextlost', this.#lose)
    if (!this.#isLost) {
      this.#replace(new Map(), new Map())
      this.#canvas.traverseAllPasses()
    }
    this.#canvas.delete()
    this.#renderer.delete()
    this.#backdrop.delete()
    this.#window.delete()
    if (!this.#isLost) canvas?.getContext('webgl2')?.getExtension('WEBGL_lose_context')?.loseContext()
  }
}
