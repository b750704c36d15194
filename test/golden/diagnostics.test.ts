import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { loadIstio } from "../../src/config/istio/load-istio.ts";
import { filesOf, loadOptions, type Documents } from "./documents.ts";
import { lineOf } from "./line-of.ts";

interface Case extends Documents {
  readonly about: string;
  /** All diagnostics, in order. */
  readonly says: readonly string[];
}

const CASES = parse(readFileSync(join(import.meta.dirname, "diagnostics.yaml"), "utf8")) as readonly Case[];

describe("golden diagnostics", () => {
  it.each(CASES)("$about", (one) => {
    const { diagnostics } = loadIstio(filesOf(one), loadOptions(one));
    // Cases without addresses leave most of the default ones unused.
    const shown = diagnostics.filter(({ place }) => one.addresses !== undefined || !place.startsWith("--address"));
    expect(shown.map(lineOf)).toEqual(one.says);
  });
});
