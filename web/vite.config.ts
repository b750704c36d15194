import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where `npm run dev:web` finds the API: the default admin address of `serve`. */
const ADMIN = "http://127.0.0.1:9900";

export default defineConfig({
  plugins: [react()],
  // An inlined asset would be a data: URL, which the admin listener's Content-Security-Policy allows for images only.
  build: { outDir: "dist", emptyOutDir: true, assetsInlineLimit: 0 },
  server: { proxy: { "/api": ADMIN } },
});
