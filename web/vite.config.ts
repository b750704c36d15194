import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { precompress } from "./precompress.ts";

/** The default admin address of `serve`, which `npm run dev:web` proxies the API to. */
const ADMIN = "http://127.0.0.1:9900";

export default defineConfig({
  plugins: [react(), precompress()],
  // The admin listener's Content-Security-Policy allows data: URLs for images only, so no asset is inlined.
  build: { outDir: "dist", emptyOutDir: true, assetsInlineLimit: 0 },
  server: { proxy: { "/api": ADMIN } },
});
