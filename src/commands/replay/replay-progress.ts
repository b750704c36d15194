import { formatCount, formatRate } from "../../presentation/words/number-format.ts";
import { escapeText, widthOf } from "../../report/render/text/terminal-text.ts";
import type { ReplayState } from "./replay-state.ts";

const TERMINAL_INTERVAL_MS = 200;
/** A log is read later. */
const LINE_INTERVAL_MS = 10_000;
const WIDEST_BAR = 30;
const NARROWEST_BAR = 8;
const CLEAR_LINE = "\r\u001B[2K";
const PERCENT = 100;

export interface ProgressTarget {
  write(text: string): void;
  /** Columns of a terminal, at the moment; undefined for anything else, which gets lines from time to time. */
  columns(): number | undefined;
}

/** Shows a replay until it is closed: one line that changes on a terminal, and otherwise a line from time to time. */
export function showProgress(look: () => ReplayState, target: ProgressTarget): { close(): void } {
  const isTerminal = target.columns() !== undefined;
  const show = (): void => {
    const width = target.columns();
    target.write(width === undefined ? `${progressText(look())}\n` : `${CLEAR_LINE}${progressBar(look(), width - 1)}`);
  };
  const timer = setInterval(show, isTerminal ? TERMINAL_INTERVAL_MS : LINE_INTERVAL_MS);
  return {
    close() {
      clearInterval(timer);
      if (isTerminal) target.write(CLEAR_LINE);
    },
  };
}

/** A line for a log: `replayed 1,204 of about 9,000 requests (13%), 310/s, 25 s left`. */
export function progressText(state: ReplayState): string {
  const share = shareOf(state);
  const total = state.total === null ? "" : ` of ${state.isTotalExact ? "" : "about "}${formatCount(state.total)}`;
  const percent = share === null ? "" : ` (${percentOf(share)})`;
  const remaining = state.remainingMs === null ? [] : [`${clockOf(state.remainingMs)} left`];
  const parts = [`replayed ${formatCount(state.done)}${total} requests${percent}`, formatRate(state.perSecond)];
  return [...parts, ...remaining, ...troublesOf(state)].join(", ");
}

/**
 * A line for a terminal: `━━━━━━──────── 43%  1,204 of ~9,000  310/s  25 s left`. The bar is the first to go where there is no room, then
 * whatever is at the end.
 */
export function progressBar(state: ReplayState, width: number): string {
  const share = shareOf(state);
  const total = state.total === null ? "" : ` of ${state.isTotalExact ? "" : "~"}${formatCount(state.total)}`;
  const troubles = troublesOf(state);
  const parts = [
    ...(share === null ? [] : [percentOf(share)]),
    `${formatCount(state.done)}${total}`,
    ...troubles,
    formatRate(state.perSecond),
    ...(state.remainingMs === null ? [] : [`${clockOf(state.remainingMs)} left`]),
  ];
  while (parts.length > 1 && widthOf(parts.join("  ")) > width) parts.pop();
  const text = parts.join("  ");
  const room = Math.min(WIDEST_BAR, width - widthOf(text) - 1);
  return share === null || room < NARROWEST_BAR ? text : `${barOf(share, room)} ${text}`;
}

function barOf(share: number, width: number): string {
  const filled = Math.round(share * width);
  return "━".repeat(filled) + "─".repeat(width - filled);
}

function shareOf({ done, total }: ReplayState): number | null {
  if (total === null) return null;
  return total === 0 ? 1 : Math.min(1, done / total);
}

/** 100% only at the end. */
function percentOf(share: number): string {
  return `${Math.floor(share * PERCENT)}%`;
}

function troublesOf({ failed, dropped, storeError }: ReplayState): string[] {
  return [
    ...(failed === 0 ? [] : [`${formatCount(failed)} failed`]),
    ...(dropped === 0 ? [] : [`${formatCount(dropped)} dropped`]),
    ...(storeError === null ? [] : [`waiting for the store: ${escapeText(storeError)}`]),
  ];
}

const SECONDS_PER_MINUTE = 60;
const MINUTES_PER_HOUR = 60;
const MS_PER_SECOND = 1000;

/** `25 s`, `3 min 5 s` or `2 h 10 min`. */
function clockOf(ms: number): string {
  const seconds = Math.ceil(ms / MS_PER_SECOND);
  const minutes = Math.floor(seconds / SECONDS_PER_MINUTE);
  if (minutes === 0) return `${seconds} s`;
  const hours = Math.floor(minutes / MINUTES_PER_HOUR);
  if (hours === 0) return `${minutes} min ${seconds % SECONDS_PER_MINUTE} s`;
  return `${hours} h ${minutes % MINUTES_PER_HOUR} min`;
}
