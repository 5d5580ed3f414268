/** How long to wait before a crashed server is started again, and when to give up. */
export class RestartBudget {
  static readonly pauses = [500, 2_000, 8_000, 20_000];
  static readonly windowMs = 180_000;

  private crashes: number[] = [];

  /** Take in a crash; return the pause in milliseconds, or undefined when there were too many in three minutes. */
  crashed(now: number): number | undefined {
    this.crashes = this.crashes.filter(time => now - time < RestartBudget.windowMs);
    const pause = RestartBudget.pauses[this.crashes.length];
    this.crashes.push(now);
    return pause;
  }

  /** Whether the last crash was the first of its kind for a while, so that the user is told. */
  get isFirst(): boolean {
    return this.crashes.length === 1;
  }

  /** Begin anew, because the user asked for a start. */
  forgive(): void {
    this.crashes = [];
  }
}
