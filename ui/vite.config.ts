// Builds the page into the Python package `manager`, which serves it below /ui/.
import { defineConfig } from "vite";

export default defineConfig({
  base: "/ui/",
  publicDir: false,
  build: {
    outDir: "../manager/web",
    emptyOutDir: true,
    target: ["chrome123", "firefox128", "safari17.5"],
    // Nothing inline: the page's Content-Security-Policy takes scripts and styles from this server's files alone.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The layout library is one file that loads in a worker, after the first paint.
    chunkSizeWarningLimit: 300,
  },
  server: { proxy: { "^/(?!ui)": "http://localhost:5000" } },
});
