import { accessSync, constants, existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";

/** The hierarchies of control groups, version 2 and 1, and the file that limits memory in each. */
const HIERARCHIES = [
  { root: "/sys/fs/cgroup", file: "memory.max" },
  { root: "/sys/fs/cgroup/memory", file: "memory.limit_in_bytes" },
] as const;

export interface MemoryLimit {
  /** A shell command that moves the shell into the group. */
  readonly enter: string;
  /** Removes the group. Its processes must have ended. */
  remove(): void;
}

/**
 * Creates a control group with a limit of its memory, as a container has one. Linux kills a process that exceeds it.
 * @returns undefined where this is not allowed
 */
export function createMemoryLimit(bytes: number): MemoryLimit | undefined {
  for (const { root, file } of HIERARCHIES) {
    const group = `${root}/shadowdiff-${process.pid}`;
    try {
      accessSync(`${root}/cgroup.procs`, constants.W_OK);
      mkdirSync(group);
      if (existsSync(`${group}/${file}`)) {
        writeFileSync(`${group}/${file}`, String(bytes));
        return { enter: `echo $$ > ${group}/cgroup.procs`, remove: () => rmdirSync(group) };
      }
      rmdirSync(group);
    } catch {
      // Not allowed, or not mounted.
    }
  }
  return undefined;
}
