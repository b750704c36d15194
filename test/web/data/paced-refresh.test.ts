import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { PacedRefresh } from "../../../web/src/data/paced-refresh.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A page with one query on it. @param tookMs time of each response */
async function openPage(tookMs: number, meta?: { readonly live: boolean }) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  let requests = 0;
  const observer = new QueryObserver(client, {
    queryKey: ["overview"],
    queryFn: async () => {
      requests += 1;
      await new Promise((resolve) => setTimeout(resolve, tookMs));
      return requests;
    },
    ...(meta === undefined ? {} : { meta }),
  });
  const refresh = new PacedRefresh(client);
  const leave = observer.subscribe(() => undefined);
  await vi.advanceTimersByTimeAsync(tookMs);
  return { refresh, leave, client, requests: () => requests };
}

it("requests what is on the screen at most once per second, and once after many commits", async () => {
  const { refresh, requests } = await openPage(20);
  refresh.call();
  refresh.call();
  expect(requests()).toBe(1);
  await vi.advanceTimersByTimeAsync(979);
  expect(requests()).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(requests()).toBe(2);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(requests()).toBe(2);
  refresh.call();
  expect(requests()).toBe(3);
});

it.each([0, 1, 500, 999, 1_000, 1_500, 5_000])(
  "shows a commit %i ms after a response within two seconds",
  async (ms) => {
    const { refresh, requests, client } = await openPage(180);
    await vi.advanceTimersByTimeAsync(ms);
    refresh.call();
    await vi.advanceTimersByTimeAsync(2_000);
    expect([requests(), client.getQueryData(["overview"])]).toEqual([2, 2]);
  },
);

it("spends at most a tenth of the time on slow responses", async () => {
  const { refresh, requests } = await openPage(800);
  refresh.call();
  await vi.advanceTimersByTimeAsync(7_199);
  expect(requests()).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(requests()).toBe(2);
});

it("requests nothing that is not on the screen, but again when it is shown again", async () => {
  const { refresh, leave, client, requests } = await openPage(20);
  leave();
  await vi.advanceTimersByTimeAsync(5_000);
  refresh.call();
  await vi.advanceTimersByTimeAsync(5_000);
  expect([requests(), client.getQueryState(["overview"])?.isInvalidated]).toEqual([1, true]);
});

it("requests nothing after the page was hidden", async () => {
  const { refresh, requests } = await openPage(20);
  refresh.call();
  refresh.cancel();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(requests()).toBe(1);
});

it("does not request again what does not exist", async () => {
  const { refresh, client, leave } = await openPage(20);
  leave();
  let requests = 0;
  const observer = new QueryObserver(client, {
    queryKey: ["endpoint"],
    queryFn: () => {
      requests += 1;
      return Promise.reject(new Error("404"));
    },
  });
  observer.subscribe(() => undefined);
  await vi.advanceTimersByTimeAsync(5_000);
  refresh.call();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(requests).toBe(1);
});

it("does not refresh what no commit changes", async () => {
  const { refresh, requests } = await openPage(20, { live: false });
  await vi.advanceTimersByTimeAsync(5_000);
  refresh.call();
  expect(requests()).toBe(1);
});
