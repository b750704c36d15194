interface AddressCount {
  readonly shown: number;
  readonly tried: number;
}

/** How often the cause shows with each address of the candidate, over all requests of an isolation. */
export class AddressTally {
  readonly #counts = new Map<string, AddressCount>();

  add(address: string, shows: boolean): void {
    const count = this.#counts.get(address) ?? { shown: 0, tried: 0 };
    this.#counts.set(address, { shown: count.shown + Number(shows), tried: count.tried + 1 });
  }

  /** One sentence if the address decides: with some, the cause always shows, and with all others never. Otherwise empty. */
  sentence(): string {
    const all = [...this.#counts];
    const always = all.filter(([, { shown, tried }]) => shown === tried);
    const never = all.filter(([, { shown }]) => shown === 0);
    if (always.length === 0 || never.length === 0 || always.length + never.length < all.length) return "";
    return `It shows only if ${listOf(always, " responds")}, and never with ${listOf(never)}.`;
  }
}

function listOf(counts: readonly (readonly [string, AddressCount])[], verb = ""): string {
  return counts.map(([address, { shown, tried }]) => `${address}${verb} (${shown} of ${tried})`).join(", ");
}
