/** The parts of the people's side, in their order. */

export type PeopleTabName = 'people' | 'chat' | 'pins' | 'proposals' | 'history'

export const TABS: readonly { readonly name: PeopleTabName; readonly title: string }[] = [
  { name: 'people', title: 'People' },
  { name: 'chat', title: 'Chat' },
  { name: 'pins', title: 'Pins' },
  { name: 'proposals', title: 'Proposals' },
  { name: 'history', title: 'History' },
]
