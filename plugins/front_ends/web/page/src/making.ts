/** How new things come into the session: sources, filters, their parts, and files, each shown and
 * coloured as one expects. */

import { fromBinary } from '@bufbuild/protobuf'

import { advised } from '@/core/defaults'
import { CollabError } from '@/core/failures'
import type { Answered, QueryKind } from '@/core/questions'
import { colourBy, firstArray, inputOf, make, makePart, type Operation, type Port, representationOf, scalarBar, show } from '@/core/showing'
import type { State } from '@/core/state'
import { inputs, named, strings } from '@/core/values'
import { CHART_VIEW, isCharted } from '@/core/viewing'
import { type PropertyDefinition, type ProxyDefinition, ProxyDefinitionSchema, type TypeName } from '@/generated/collab_proto/v1/values_pb'
import { type DataInformation, type Derived, type FileList, FileListSchema, type TypeInfo } from '@/generated/collab_proto/v1/wire_pb'

/** What of the session this works on. */
export interface Stage {
  state(): State
  derived(proxy: bigint): Derived | undefined
  types(): readonly TypeInfo[]
  activeView(): bigint | undefined
  source(): Port | undefined
  isProposing(): boolean
  newId(): bigint
  newUndoSet(): bigint
  edit(operations: Operation[], label: string, set?: bigint): Promise<bigint>
  ask(query: QueryKind): Promise<Answered>
  /** Work at a proxy from now on. */
  choose(proxy: bigint): void
  showIn(type: string, source: Port): { operations: Operation[] } | undefined
  resetCamera(): Promise<void>
}

export function startMaking(stage: Stage) {
  const newId = () => stage.newId()

  async function describe(group: string, type: string): Promise<ProxyDefinition> {
    const known = stage.state().definitionOf(group, type)
    if (known) return known
    const { data } = await stage.ask({ case: 'describeType', value: { type: { group, type } } })
    return fromBinary(ProxyDefinitionSchema, data)
  }

  async function update(proxy: bigint): Promise<DataInformation | undefined> {
    const { head } = await stage.ask({ case: 'updatePipeline', value: { proxy } })
    return head?.derived?.ports[0]
  }

  /** Make a source, or a filter of the active source, and show it: what it is made of steps back. */
  async function create(group: string, type: string, label: string): Promise<void> {
    const definition = await describe(group, type)
    const from = stage.source()
    const takesInput = definition.properties.some(({ name }) => name === 'Input')
    const values = takesInput && from ? [named('Input', inputs(from))] : []
    if (takesInput && from) values.push(...advised(definition, await update(from.proxy)))
    const id = stage.newId()
    const operations = [make(id, group, type, values)]
    for (const property of takesInput ? definition.properties : []) {
      if (property.subProxy) operations.push(...(await part(id, property, property.subProxy, from)))
    }
    const step = stage.newUndoSet()
    await stage.edit(operations, `Create ${label}`, step)
    stage.choose(id)
    await reveal(id, takesInput ? from : undefined, label, step)
  }

  /** What makes a part (a plane that clips, say) lie well in the data that its owner works on. */
  async function part(
    owner: bigint,
    property: PropertyDefinition,
    { group, type }: Pick<TypeName, 'group' | 'type'>,
    from: Port | undefined,
  ): Promise<Operation[]> {
    const values = advised(await describe(group, type), from && (await update(from.proxy)))
    return makePart(owner, property.name, { proxy: stage.newId(), group, type, values })
  }

  /** Give a proxy a part of another type. */
  async function choosePart(owner: bigint, property: PropertyDefinition, type: TypeName): Promise<void> {
    const operations = await part(owner, property, type, inputOf(stage.state(), owner))
    await stage.edit(operations, `Set ${property.label || property.name} of ${stage.state().title(owner)}`)
  }

  /** Show what is new in the active view, coloured like what it was made of, which is hidden. */
  async function reveal(id: bigint, from: Port | undefined, label: string, step: bigint): Promise<void> {
    const view = stage.activeView()
    if (view === undefined) return
    const now = stage.state()
    const isFirst = !now.references(view, 'Representations').length
    const operations = show(now, { proxy: id, port: 0 }, view, true, newId)
    const type = now.proxy(id)?.type ?? ''
    const chart = isCharted(type) && now.proxy(view)?.type !== CHART_VIEW ? stage.showIn(CHART_VIEW, { proxy: id, port: 0 }) : undefined
    if (chart) operations.push(...chart.operations)
    // A line through data is seen in them, and beside them as a chart.
    else if (from) operations.push(...show(now, from, view, false, newId))
    await stage.edit(operations, `Show ${label}`, step)
    // What is only proposed so far, nothing executes.
    if (stage.isProposing()) return
    const information = await update(id)
    const representation = representationOf(now, { proxy: id, port: 0 }, view)
    if (!information || representation === undefined) return
    const before = from && representationOf(now, from, view)
    const wanted = before === undefined ? undefined : now.value(before, 'ColorArrayName')?.strings[1]
    const array = information.arrays.find((a) => a.name === wanted && a.maximum.length)
    if (array) await stage.edit(colourBy(now, representation, array, newId), `Colour ${label} by ${array.name}`, step)
    if (isFirst) await stage.resetCamera()
  }

  /** Read a file of the server's data directory, show it and colour it. */
  async function open(path: string): Promise<void> {
    const end = path.slice(path.lastIndexOf('.') + 1).toLowerCase()
    const reader = stage.types().find(({ fileExtensions }) => fileExtensions.includes(end))
    if (!reader) throw new CollabError('refused.invalid_value', `no reader takes files that end in .${end}`)
    const definition = await describe(reader.group, reader.type)
    const property = definition.properties.find(({ fileName }) => fileName)
    if (!property) throw new CollabError('refused.invalid_value', `${definition.label} reads no files`)
    const title = path.slice(path.lastIndexOf('/') + 1)
    const id = stage.newId()
    const values = [named(property.name, strings(path))]
    const step = stage.newUndoSet()
    await stage.edit([make(id, reader.group, reader.type, values, freeName(reader.group, title))], `Open ${title}`, step)
    stage.choose(id)
    await reveal(id, undefined, title, step)
    const view = stage.activeView()
    const information = stage.derived(id)?.ports[0]
    const now = stage.state()
    const array = information && firstArray(information)
    const representation = view === undefined ? undefined : representationOf(now, { proxy: id, port: 0 }, view)
    if (!array || representation === undefined || view === undefined) return
    if (!now.property(representation, 'ColorArrayName')) return // a chart, or a spreadsheet
    await stage.edit(colourBy(now, representation, array, newId), `Colour ${title} by ${array.name}`, step)
    await stage.edit(scalarBar(now, representation, view, true, newId), `Scalar bar of ${array.name}`, step)
    await stage.resetCamera()
  }

  function freeName(group: string, wanted: string): string {
    const now = stage.state()
    let name = wanted
    for (let number = 2; now.named(group, name) !== undefined; number++) name = `${wanted} (${number})`
    return name
  }

  async function files(path: string): Promise<FileList> {
    const { data } = await stage.ask({ case: 'listFiles', value: { path } })
    return fromBinary(FileListSchema, data)
  }

  return { create, choosePart, open, files, update }
}
