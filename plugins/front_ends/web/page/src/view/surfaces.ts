/** Surfaces of a scene, as vtk.js draws them. */

import vtkDataArray from '@kitware/vtk.js/Common/Core/DataArray'
import vtkLookupTable from '@kitware/vtk.js/Common/Core/LookupTable'
import vtkPolyData from '@kitware/vtk.js/Common/DataModel/PolyData'
import vtkActor from '@kitware/vtk.js/Rendering/Core/Actor'
import vtkMapper from '@kitware/vtk.js/Rendering/Core/Mapper'
import { ColorMode, ScalarMode } from '@kitware/vtk.js/Rendering/Core/Mapper/Constants'
import { Interpolation, Representation } from '@kitware/vtk.js/Rendering/Core/Property/Constants'

import { type Colours, coloursOf, KINDS, type Kind, surfaceOf } from '@/core/geometry'
import { nameOf } from '@/core/scene'
import type { ColourTable, SceneLook, SceneSurface } from '@/generated/collab_proto/v1/scene_pb'

import type { Contents } from './local'
import { COLOURS, fractions, matrixOf } from './vtk'

/** How far what is selected is drawn before the surface that it is of, in steps of the depth buffer. */
const NEARER = -8

/** Two wide and high, each corner of its own colour. */
export function squareOf(colours: vtkDataArray): vtkActor {
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

const ADD: Record<Kind, 'getVerts' | 'getLines' | 'getPolys' | 'getStrips'> = {
  verts: 'getVerts',
  lines: 'getLines',
  polys: 'getPolys',
  strips: 'getStrips',
}

/** Throws for contents that are not what the scene says. */
export function actorOf(surface: SceneSurface, contents: Contents): vtkActor {
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

/** Let an actor look as the scene says. */
export function dress(actor: vtkActor, surface: SceneSurface): void {
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
