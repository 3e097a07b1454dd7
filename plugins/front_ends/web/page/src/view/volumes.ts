/** Volumes of a scene, as vtk.js draws them. */

import type { mat3 } from 'gl-matrix'

import vtkDataArray from '@kitware/vtk.js/Common/Core/DataArray'
import vtkImageData from '@kitware/vtk.js/Common/DataModel/ImageData'
import vtkPiecewiseFunction from '@kitware/vtk.js/Common/DataModel/PiecewiseFunction'
import vtkPlane from '@kitware/vtk.js/Common/DataModel/Plane'
import vtkColorTransferFunction from '@kitware/vtk.js/Rendering/Core/ColorTransferFunction'
import vtkVolume from '@kitware/vtk.js/Rendering/Core/Volume'
import vtkVolumeMapper from '@kitware/vtk.js/Rendering/Core/VolumeMapper'

import { gridOf } from '@/core/geometry'
import { nameOf } from '@/core/scene'
import { cross, dot, minus, times, unit, type Vector } from '@/core/vectors'
import type { ColourTable, SceneVolume } from '@/generated/collab_proto/v1/scene_pb'

import type { Contents } from './local'
import { COLOURS, fractions, matrixOf } from './vtk'

/** Steps of a ray through a volume; longer ones are coarser. */
const MOST_SAMPLES = 4_000

/** Throws for a content that is not what the scene says. */
export function volumeOf({ image }: SceneVolume, contents: Contents): vtkVolume {
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

/** Let a volume look as the scene says. */
export function dressVolume(drawn: vtkVolume, volume: SceneVolume): void {
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
