/** Waits for a promise for at most `ms` milliseconds. @returns whether it was fulfilled in time */
export async function settlesWithin(ms: number, promise: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
  const isFulfilled = await Promise.race([promise.then(() => true), timedOut]);
  clearTimeout(timer);
  return isFulfilled;
}
