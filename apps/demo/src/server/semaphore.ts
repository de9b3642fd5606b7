interface Waiting {
  client: string;
  amount: number;
  grant(): void;
}

/**
 * A counting semaphore with a share for each client. Waiting callers acquire in order of arrival; those whose client holds its share
 * already do not hold up the others.
 */
export class Semaphore {
  private used = 0;
  private readonly held = new Map<string, number>();
  private readonly waiting: Waiting[] = [];

  /** @param share What one client may hold; a client that holds nothing may exceed it. @default half the capacity */
  constructor(
    readonly capacity: number,
    readonly share = capacity / 2,
  ) {}

  get inUse(): number {
    return this.used;
  }

  /** Whether somebody waits. */
  get isContended(): boolean {
    return this.waiting.length > 0;
  }

  /** @returns a function that releases one, or undefined if none is available to this client now. */
  tryAcquire(client: string): (() => void) | undefined {
    const available = this.waiting.length === 0 && this.used < this.capacity && this.isWithinShare(client, 1);
    return available ? this.hold(client, 1) : undefined;
  }

  /**
   * Waits until the amount is available.
   *
   * @param amount at most the capacity.
   * @param signal cancels the waiting: the promise rejects with its reason.
   * @returns a function that releases the amount.
   */
  acquire(amount: number, client: string, signal: AbortSignal): Promise<() => void> {
    if (amount > this.capacity) throw new RangeError(`Cannot acquire ${amount} of ${this.capacity}.`);
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const cancel = () => {
        this.waiting.splice(this.waiting.indexOf(entry), 1);
        reject(signal.reason);
        this.grantNext();
      };
      const entry = {
        ...{ client, amount },
        grant: () => {
          signal.removeEventListener('abort', cancel);
          resolve(this.hold(client, amount));
        },
      };
      this.waiting.push(entry);
      signal.addEventListener('abort', cancel, { once: true });
      return this.grantNext();
    });
  }

  heldBy(client: string): number {
    return this.held.get(client) ?? 0;
  }

  private isWithinShare(client: string, amount: number): boolean {
    const held = this.heldBy(client);
    return held === 0 || held + amount <= this.share;
  }

  private hold(client: string, amount: number): () => void {
    this.add(client, amount);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.add(client, -amount);
      this.grantNext();
    };
  }

  private add(client: string, amount: number): void {
    this.used += amount;
    const held = this.heldBy(client) + amount;
    if (held > 0) this.held.set(client, held);
    else this.held.delete(client);
  }

  private grantNext(): void {
    const full = new Set<string>();
    for (const entry of [...this.waiting]) {
      const { client, amount } = entry;
      if (full.has(client)) continue;
      if (!this.isWithinShare(client, amount)) full.add(client);
      else if (this.used + amount > this.capacity) return;
      else {
        this.waiting.splice(this.waiting.indexOf(entry), 1);
        entry.grant();
      }
    }
  }
}

/** Two semaphores in place of one, so that small amounts never wait for large ones. */
export class Lanes {
  private readonly small: Semaphore;
  private readonly large: Semaphore;

  /** @param largest The largest amount that is ever acquired. */
  constructor(capacity: number, largest: number) {
    this.small = new Semaphore(capacity / 3);
    this.large = new Semaphore(Math.max((2 * capacity) / 3, largest));
  }

  /** The lane of an amount. */
  for(amount: number): Semaphore {
    return amount <= this.small.capacity / 4 ? this.small : this.large;
  }
}
