/** A counting semaphore, of requests or pixels. Waiting callers acquire in order of arrival. */
export class Semaphore {
  private used = 0;
  private readonly waiting: { amount: number; grant: () => void }[] = [];

  constructor(readonly capacity: number) {}

  get inUse(): number {
    return this.used;
  }

  /** @returns a function that releases the amount, or undefined if it is not available now. */
  tryAcquire(amount = 1): (() => void) | undefined {
    if (this.waiting.length > 0 || this.used + amount > this.capacity) return undefined;
    return this.hold(amount);
  }

  /**
   * Waits until the amount is available.
   *
   * @param amount at most the capacity.
   * @param signal cancels the waiting: the promise rejects with its reason.
   * @returns a function that releases the amount.
   */
  acquire(amount: number, signal: AbortSignal): Promise<() => void> {
    if (amount > this.capacity) throw new RangeError(`Cannot acquire ${amount} of ${this.capacity}.`);
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const cancel = () => {
        this.waiting.splice(this.waiting.indexOf(entry), 1);
        reject(signal.reason);
        this.grantNext();
      };
      const entry = {
        amount,
        grant: () => {
          signal.removeEventListener('abort', cancel);
          resolve(this.hold(amount));
        },
      };
      this.waiting.push(entry);
      signal.addEventListener('abort', cancel, { once: true });
      return this.grantNext();
    });
  }

  private hold(amount: number): () => void {
    this.used += amount;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.used -= amount;
      this.grantNext();
    };
  }

  private grantNext(): void {
    while (this.waiting.length > 0 && this.used + this.waiting[0]!.amount <= this.capacity) {
      this.waiting.shift()!.grant();
    }
  }
}
