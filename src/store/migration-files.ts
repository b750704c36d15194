import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const MIGRATION_NAME = /^\d{3}_\w+\.sql$/;

export interface Migration {
  readonly name: string;
  /** Of the file. */
  readonly sha256: string;
}

/**
 * The migrations of a folder that are not applied yet, in order.
 * @param applied what the store says
 * @param other what to use if the store does not fit: another file, or another database
 * @throws Error if an applied migration has changed or is unknown to this version
 */
export function pendingMigrations(folder: string, applied: readonly Migration[], other: string): readonly Migration[] {
  const known = migrationsIn(folder);
  for (const { name, sha256 } of applied) {
    const file = known.find((migration) => migration.name === name);
    if (file === undefined) {
      throw new Error(
        `it was created by a newer version of shadowdiff (it has the migration ${name}); use that version or ${other}`,
      );
    }
    if (file.sha256 !== sha256) {
      throw new Error(
        `the migration ${name} was changed after it was applied; restore ${join(folder, name)} or use ${other}`,
      );
    }
  }
  return known.filter(({ name }) => !applied.some((migration) => migration.name === name));
}

/** Why a reader cannot use a store in which a migration is missing. */
export function missingMigration({ name }: Migration): Error {
  return new Error(
    `it was created by an older version of shadowdiff (the migration ${name} is missing); run serve with it once to upgrade it`,
  );
}

/** The statements of a migration. */
export function readMigration(folder: string, { name }: Migration): string {
  return readFileSync(join(folder, name), "utf8");
}

function migrationsIn(folder: string): readonly Migration[] {
  return readdirSync(folder)
    .filter((name) => MIGRATION_NAME.test(name))
    .toSorted()
    .map((name) => ({
      name,
      sha256: createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex"),
    }));
}
