import { describe } from "vitest";
import type { Engine } from "./engine.ts";
import { POSTGRES } from "./postgres-engine.ts";
import { SQLITE } from "./sqlite-engine.ts";

/** Defines the same tests for every engine. */
export function describeStores(name: string, define: (engine: Engine) => void): void {
  describe(`${name} (SQLite)`, () => {
    define(SQLITE);
  });
  describe(`${name} (PostgreSQL)`, () => {
    define(POSTGRES);
  });
}
