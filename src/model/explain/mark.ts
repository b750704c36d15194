export const MARK_KINDS = [
  "deployment", // reported by a person or a pipeline
  "configuration", // the configuration was reloaded, or a share or a rule changed
  "upstream", // a version became unreachable, or answers again
  "note", // anything else that a person reported
] as const;
export type MarkKind = (typeof MARK_KINDS)[number];

/** Something that happened at one moment and can explain what changed then. */
export interface Mark {
  readonly id: string;
  /** Unix milliseconds. */
  readonly at: number;
  readonly kind: MarkKind;
  /** One line, such as `v2 restarted`. */
  readonly text: string;
  /** The subset that it concerns; null if it concerns all. */
  readonly subset: string | null;
  /** A person or a program. */
  readonly by: string;
}
