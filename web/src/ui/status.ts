/** A status code for display; 0 stands for a response that failed before its head was received. */
export function formatStatus(status: number): string {
  return status === 0 ? "no response" : String(status);
}
