/** A bounded amount of something, such as requests or pixels, that is taken and given back. Whoever waits gets it in order of arrival. */
export class Budget {
  private used = 0;
  private readonly waiting: { amount: number; grant: () => void }[] = [];

  constructor(readonly capacity: number) {}

  get inUse(): number {
    return this.used;
  }

  /** @returns what gives the amount back, or undefined where it is not there now. */
  tryTake(amount = 1): (() => void) | undefined {
    if (this.waiting.length > 0 || this.used + amount > this.capacity) return undefined;
    return this.hold(amount);
  }

  /**
   * Waits until the amount is there.
   *
   * @param amount at most the capacity.
   * @param signal ends the waiting: the promise is rejected with its reason.
   * @returns what gives the amount back.
   */
  take(amount: number, signal: AbortSignal): Promise<() => void> {
    if (amount > this.capacity)
      throw new RangeError(`${amount} were asked for, but there are ${this.capacity} at most.`);
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(entry), 1);
        reject(signal.reason);
        this.grantNext();
      };
      const entry = {
        amount,
        grant: () => {
          signal.removeEventListener('abort', leave);
          resolve(this.hold(amount));
        },
      };
      this.waiting.push(entry);
      signal.addEventListener('abort', leave, { once: true });
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
