/**
 * Lets a call through at once, and then at most one per interval; calls in between are joined into one at its end.
 * @returns the throttled function, and `cancel` for the call that may still wait
 */
export function throttle(
  act: () => void,
  intervalMs: number,
): { readonly call: () => void; readonly cancel: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let again = false;
  const rest = (): void => {
    timer = undefined;
    if (!again) return;
    again = false;
    act();
    timer = setTimeout(rest, intervalMs);
  };
  return {
    call: () => {
      if (timer !== undefined) {
        again = true;
        return;
      }
      act();
      timer = setTimeout(rest, intervalMs);
    },
    cancel: () => {
      clearTimeout(timer);
      again = false;
    },
  };
}
