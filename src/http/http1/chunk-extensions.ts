import { unreachable } from "../../lib/unreachable.ts";
import { isText, isTokenByte } from "./header-tokenizer.ts";
import { isBlank } from "./trim-blanks.ts";

const QUOTE = 0x22;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;

/** What was read last. The state before a name or a value is not an end: it needs at least one more byte. */
const STATE = { end: 0, nameStart: 1, name: 2, afterName: 3, valueStart: 4, value: 5, quoted: 6, escaped: 7 } as const;
type ExtensionState = (typeof STATE)[keyof typeof STATE];

/**
 * Checks the extensions of a chunk of a request by their grammar (RFC 9112 §7.1.1), and ignores them. White space is allowed
 * around `;` and `=` and at the end: a recipient must parse it (RFC 9110 §5.6.3).
 */
export class ChunkExtensions {
  #state: ExtensionState = STATE.end;

  /** Begins after the size of a chunk. @param byte `;` or white space */
  begin(byte: number): void {
    this.#state = byte === SEMICOLON ? STATE.nameStart : STATE.end;
  }

  /** Whether the line may end here. */
  get canEnd(): boolean {
    const state = this.#state;
    return state === STATE.end || state === STATE.name || state === STATE.afterName || state === STATE.value;
  }

  /** Reads a byte other than CR. @returns whether the grammar allows it */
  accepts(byte: number): boolean {
    const next = nextState(this.#state, byte);
    if (next === null) return false;
    this.#state = next;
    return true;
  }
}

function nextState(state: ExtensionState, byte: number): ExtensionState | null {
  switch (state) {
    case STATE.end:
      if (isBlank(byte)) return STATE.end;
      return byte === SEMICOLON ? STATE.nameStart : null;
    case STATE.nameStart:
      if (isBlank(byte)) return STATE.nameStart;
      return isTokenByte(byte) ? STATE.name : null;
    case STATE.name:
      return isTokenByte(byte) ? STATE.name : afterName(byte);
    case STATE.afterName:
      return afterName(byte);
    case STATE.valueStart:
      if (isBlank(byte)) return STATE.valueStart;
      if (byte === QUOTE) return STATE.quoted;
      return isTokenByte(byte) ? STATE.value : null;
    case STATE.value:
      return isTokenByte(byte) ? STATE.value : nextState(STATE.end, byte);
    case STATE.quoted:
      if (byte === QUOTE) return STATE.end;
      if (byte === BACKSLASH) return STATE.escaped;
      return isText(byte) ? STATE.quoted : null;
    case STATE.escaped:
      return isText(byte) ? STATE.quoted : null;
  }
  return unreachable(state);
}

function afterName(byte: number): ExtensionState | null {
  if (isBlank(byte)) return STATE.afterName;
  if (byte === EQUALS) return STATE.valueStart;
  return byte === SEMICOLON ? STATE.nameStart : null;
}
