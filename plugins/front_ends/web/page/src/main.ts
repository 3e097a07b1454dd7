import 'vuetify/styles'
import './style.css'

import { createApp, watch } from 'vue'
import { createVuetify } from 'vuetify'
import { aliases, mdi } from 'vuetify/iconsets/mdi-svg'

import App from './ui/App.vue'
import { rememberedTheme, themes } from './ui/theme'

/** Vuetify writes its theme into the page, which the server forbids; it leaves that to a head manager
 * where there is one. This one makes a style sheet of it, which is allowed. */
const head = {
  push(entry: () => { style: { textContent: string }[] }) {
    const sheet = new CSSStyleSheet()
    document.adoptedStyleSheets.push(sheet)
    const patch = (from: typeof entry) => {
      sheet.replaceSync(
        from()
          .style.map(({ textContent }) => textContent)
          .join('\n'),
      )
    }
    patch(entry)
    return { patch }
  },
}

const vuetify = createVuetify({
  icons: { defaultSet: 'mdi', aliases, sets: { mdi } },
  theme: { defaultTheme: rememberedTheme(), themes },
  defaults: {
    VMenu: { transition: false },
  },
})

const app = createApp(App)
app.provide('usehead', head)
app.use(vuetify)
watch(
  vuetify.theme.global.name,
  (name) => {
    document.documentElement.dataset.theme = name
  },
  { immediate: true },
)
app.mount('#app')
