import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { SpanBatch, SpanRecord } from "../../../src/model/tracing/trace.ts";
import { SpanSender } from "../../../src/telemetry/tracing/span-sender.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function span(index: number): SpanRecord {
  return { traceId: String(index) } as SpanRecord;
}

it("sends one batch at a time, keeps what waits up to a limit, and counts the rest", () => {
  const batches: SpanBatch[] = [];
  const sender = new SpanSender((batch) => void batches.push(batch));
  const sizes = (): [number, number][] => batches.map(({ spans, dropped }) => [spans.length, dropped]);
  sender.add(span(1));
  sender.add(span(2));
  expect(sizes()).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(sizes()).toEqual([[2, 0]]);
  // The main thread is stalled.
  for (let index = 0; index < 5_000; index += 1) sender.add(span(index));
  vi.advanceTimersByTime(10_000);
  expect(sizes()).toEqual([[2, 0]]);
  sender.accepted();
  vi.advanceTimersByTime(100);
  expect(sizes()).toEqual([
    [2, 0],
    [4_096, 904],
  ]);
  sender.accepted();
  vi.advanceTimersByTime(10_000);
  expect(sizes()).toHaveLength(2);
  sender.add(span(3));
  sender.flush();
  expect(sizes().at(-1)).toEqual([1, 0]);
});
