const MS_PER_SLOT = 125;
const MS_PER_MINUTE = 60_000;
/** 1/8 s each. */
export const SLOTS_PER_MINUTE = 480;

/**
 * The slot of a moment: eighths of a second since the Unix epoch. Counts are kept by slot, so that neighboring ones can merge.
 * @param ms Unix milliseconds
 */
export function slotOf(ms: number): number {
  return Math.floor(ms / MS_PER_SLOT);
}

/** The start of a slot, in Unix milliseconds. */
export function slotStart(slot: number): number {
  return slot * MS_PER_SLOT;
}

/** The minute of a moment, since the Unix epoch. @param ms Unix milliseconds */
export function minuteOf(ms: number): number {
  return Math.floor(ms / MS_PER_MINUTE);
}

/** The minute since the Unix epoch that a slot belongs to. */
export function minuteOfSlot(slot: number): number {
  return Math.floor(slot / SLOTS_PER_MINUTE);
}
