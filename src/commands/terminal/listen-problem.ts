/** @returns one line for an error that says that an address cannot be had; undefined for every other error */
export function listenProblem(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.message.startsWith("cannot listen on ")) return error.message;
  const { syscall } = error as NodeJS.ErrnoException;
  if (syscall !== "listen" && syscall !== "getaddrinfo") return undefined;
  return `cannot open the admin listener: ${error.message}; choose another address with --admin`;
}
