import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Report } from "../../src/model/report.ts";
import { DEMO_ARGUMENTS, DEMO_RESULT } from "../package/use-installed.ts";
import { ImageBuilder, type ImageSettings } from "./image-builder.ts";

const BASE = "localhost/node:26-slim";
const IMAGE = "localhost/shadowdiff:test";
const COMMIT = "0123456789abcdef";
/** README.md names the size that the image adds to its base. */
const MOST_ADDED_BYTES = 100e6;

const CONFIG = `
listen: 127.0.0.1:8080
store: sqlite:/var/lib/shadowdiff/shadowdiff.db
subsets: { v1: { url: "http://127.0.0.1:9001" } }
routes: [{ primary: [{ subset: v1 }], candidates: [{ subset: v1 }] }]
`;

let folder: string;
let builder: ImageBuilder;
let settings: ImageSettings;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "shadowdiff-image-test-"));
  builder = new ImageBuilder();
  await builder.createBase(BASE);
  await builder.build(IMAGE, COMMIT);
  settings = await builder.settings(IMAGE);
}, 600_000);
afterAll(async () => {
  await builder.remove();
  rmSync(folder, { recursive: true, force: true });
}, 120_000);

/** A line of a shell script. */
function shell(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(" ");
}

describe("the image", () => {
  it("shows the version and the commit of its build", async () => {
    const { stdout } = await builder.run(IMAGE, shell([...settings.Entrypoint, "--version"]));
    expect(stdout).toContain(COMMIT);
  });

  it("finds the planted regressions of the demo", async () => {
    const { code, stdout } = await builder.run(IMAGE, shell([...settings.Entrypoint, ...DEMO_ARGUMENTS]));
    const { verdict, accounting } = JSON.parse(stdout) as Report;
    expect({ code, verdict, ...accounting }).toMatchObject(DEMO_RESULT);
  }, 120_000);

  it("serves with a mounted configuration, becomes healthy, stores, and ends on SIGTERM", async () => {
    const file = join(folder, "shadowdiff.yaml");
    writeFileSync(file, CONFIG, { mode: 0o644 });
    const [kind, ...check] = settings.Healthcheck.Test;
    expect(kind).toBe("CMD");
    const script = `
      ${shell([...settings.Entrypoint, "sample-service", "--port", "9001"])} >&2 & trap "kill $!" EXIT
      ${shell([...settings.Entrypoint, ...settings.Cmd])} >&2 & serve=$!
      until ${shell(check)} || ! kill -0 $serve; do sleep 0.2; done
      node -e 'fetch("http://127.0.0.1:8080/gcd/12/18").then(async (r) => console.log(r.status, (await r.json()).gcd))'
      kill $serve; wait $serve; echo "exit $?"
      ${shell([...settings.Entrypoint, "report", "--format", "json"])} | grep '"received"'`;
    const { stdout, stderr } = await builder.run(IMAGE, script, [`${file}:/etc/shadowdiff/shadowdiff.yaml:ro`]);
    expect({ lines: stdout.split("\n").map((line) => line.trim()), stderr }).toMatchObject({
      lines: ["200 6", "exit 0", '"received": 1,', ""],
    });
  }, 120_000);

  it("runs as a user who can write only to the volume", async () => {
    const paths = "/app/x /app/dist/commit /etc/x /var/lib/shadowdiff/x";
    const { stdout } = await builder.run(IMAGE, `id -un; for f in ${paths}; do touch $f 2>&-; echo $? $f; done`);
    expect(stdout.trim().split("\n")).toEqual([
      "node",
      "1 /app/x",
      "1 /app/dist/commit",
      "1 /etc/x",
      "0 /var/lib/shadowdiff/x",
    ]);
  });

  it("contains the package and the dependencies of its program, and stays small", async () => {
    const { stdout } = await builder.run(IMAGE, "ls /app; ls -d /app/node_modules/vite; du -sb /app | cut -f1");
    const lines = stdout.trim().split("\n");
    const files = ["LICENSE", "README.md", "dist", "docs", "migrations", "node_modules", "package-lock.json"];
    expect(lines.slice(0, -1)).toEqual([...files, "package.json", "src", "web"]);
    expect(Number(lines.at(-1))).toBeLessThan(MOST_ADDED_BYTES);
  });
});
