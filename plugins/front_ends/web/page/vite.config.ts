import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { fileURLToPath } from 'node:url'

import vue from '@vitejs/plugin-vue'
import type { Plugin } from 'vite'
import vuetify from 'vite-plugin-vuetify'
import { defineConfig } from 'vitest/config'

/** Lays compressed forms beside what compresses: the server sends those, and packs nothing itself. */
function precompressed(): Plugin {
  return {
    name: 'precompressed',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        for (const file of Object.values(bundle)) {
          if (!/\.(js|css|svg|html)$/.test(file.fileName)) continue
          const source = Buffer.from(file.type === 'chunk' ? file.code : file.source)
          const size = constants.BROTLI_PARAM_SIZE_HINT
          const packed = brotliCompressSync(source, { params: { [size]: source.length } })
          this.emitFile({ type: 'asset', fileName: `${file.fileName}.br`, source: packed })
          const zipped = gzipSync(source, { level: 9 })
          this.emitFile({ type: 'asset', fileName: `${file.fileName}.gz`, source: zipped })
        }
      },
    },
  }
}

export default defineConfig({
  // Relative, so that the page works below any path of a proxy.
  base: './',
  plugins: [vue(), vuetify({ autoImport: true }), precompressed()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    outDir: '../src/collab_front_end_web/page',
    emptyOutDir: true,
    target: 'es2022',
    // Inlined files would be data: addresses, which the server's policy allows for pictures only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // vtk.js is one library, and is loaded only once something is seen.
    chunkSizeWarningLimit: 600,
    rollupOptions: {
      output: {
        // What releases don't change stays in browsers' caches, and is read beside the page's own code.
        manualChunks: (id) => (/node_modules\/(vue|@vue|vuetify|@bufbuild)\//.test(id) ? 'libraries' : undefined),
      },
    },
  },
  test: { include: ['tests/**/*.test.ts'] },
})
