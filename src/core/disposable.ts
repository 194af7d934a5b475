/** Owns what was made for it; a disposed owner disposes newcomers at once. */
export class DisposableStore {
  #items: Array<() => void | Promise<void>> = [];
  #isDisposed = false;

  add(dispose: () => void | Promise<void>): void {
    if (this.#isDisposed) void dispose();
    else this.#items.push(dispose);
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    const items = this.#items.splice(0).reverse();
    await Promise.allSettled(items.map(async (dispose) => dispose()));
  }
}
