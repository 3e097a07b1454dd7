import vue from 'eslint-plugin-vue'
import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['node_modules', 'src/generated'] },
  ...tseslint.configs.strictTypeChecked,
  ...vue.configs['flat/essential'],
  {
    languageOptions: {
      parserOptions: {
        parser: tseslint.parser,
        projectService: { allowDefaultProject: ['eslint.config.js'] },
        extraFileExtensions: ['.vue'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      'vue/multi-word-component-names': 'off',
      // Texts of bigints and numbers read well as they are.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `noUncheckedIndexedAccess` asks where a glance shows that the element is there.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // A kind that is forgotten is found where it is told apart; a default takes what is newer than this page.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Handlers in templates are arrow functions, whose values nobody takes.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidOperator: true }],
      '@typescript-eslint/no-meaningless-void-operator': 'off',
    },
  },
  {
    // What happens, and how it is drawn, can be run and tested without a page around it.
    files: ['src/core/**', 'src/view/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['vue', 'vuetify*', '*.vue', '@/ui/*', '@/session', '@/arranging', '@/proposing'] }] },
  },
  {
    files: ['src/core/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: ['vue', 'vuetify*', '*.vue', '@kitware/*', '@/ui/*', '@/view/*', '@/session', '@/arranging', '@/proposing'] },
      ],
      'no-restricted-globals': [
        'error',
        ...['window', 'document', 'location', 'history', 'navigator', 'localStorage', 'sessionStorage', 'WebSocket', 'fetch'],
        ...['requestAnimationFrame', 'createImageBitmap', 'VideoDecoder', 'devicePixelRatio'],
      ],
    },
  },
  {
    // Type information of these is the build tool's business.
    files: ['eslint.config.js'],
    ...tseslint.configs.disableTypeChecked,
  },
)
