/** Greys without a hue, so that the picture keeps its colours; one accent. */

const KEY = 'collab.theme'

export const themes = {
  dark: {
    dark: true,
    colors: {
      background: '#151617',
      surface: '#1d1e20',
      'surface-bright': '#2a2c2f',
      'surface-light': '#26282a',
      'surface-variant': '#34363a',
      'on-surface-variant': '#e7e8ea',
      'on-surface': '#e7e8ea',
      primary: '#5aa9ff',
      'on-primary': '#0b1726',
      error: '#ff7b72',
      'on-error': '#2a0907',
      warning: '#e3b341',
      success: '#56d364',
    },
  },
  light: {
    dark: false,
    colors: {
      background: '#eceded',
      surface: '#fafafa',
      'surface-bright': '#ffffff',
      'surface-light': '#f0f1f1',
      'surface-variant': '#33353a',
      'on-surface-variant': '#ffffff',
      'on-surface': '#1c1d1f',
      primary: '#0b62c4',
      'on-primary': '#ffffff',
      error: '#b3261e',
      'on-error': '#ffffff',
      warning: '#8a5a00',
      success: '#1a7f37',
    },
  },
} as const

export type ThemeName = keyof typeof themes

/** Dark, unless another was chosen here before. */
export function rememberedTheme(): ThemeName {
  return localStorage.getItem(KEY) === 'light' ? 'light' : 'dark'
}

export function rememberTheme(name: ThemeName): void {
  localStorage.setItem(KEY, name)
}

/** What charts are drawn on: as CSS has it. */
export function paperOf(name: string): string {
  return name === 'light' ? themes.light.colors['surface-bright'] : themes.dark.colors.surface
}

/** Red, green and blue, each 0 to 1. */
export function partsOf(colour: string): number[] {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
}
