/**
 * Does work for a list of items ahead of those who take the results: one after the other, in the list's order, at
 * most `ahead` results that nobody has taken. So one cell is built while another is traced, and an executable never
 * waits long for its turn.
 */
export class BuildAhead<Item, Result> {
  readonly #items: readonly Item[];
  readonly #work: (item: Item) => Promise<Result>;
  readonly #ahead: number;
  readonly #results = new Map<Item, Promise<Result>>();
  #last: Promise<unknown> = Promise.resolve();
  /** The items before this one have been started. */
  #next = 0;

  /** Starts nothing yet. */
  constructor(items: readonly Item[], work: (item: Item) => Promise<Result>, ahead: number) {
    this.#items = items;
    this.#work = work;
    this.#ahead = ahead;
  }

  /** The result for an item of the list; from now on those behind it are worked on. Rejects as the work does. */
  async take(item: Item): Promise<Result> {
    const index = this.#items.indexOf(item);
    if (index < 0) throw new Error("Only what is in the list can be taken");
    // What was passed over, by a filter that this does not know, is not worked on.
    this.#next = Math.max(this.#next, index);
    while (this.#next < this.#items.length && this.#next <= index + this.#ahead) {
      this.#start(this.#items[this.#next++]!);
    }
    const result = this.#results.get(item) ?? this.#start(item);
    this.#results.delete(item);
    return await result;
  }

  /** Waits for what is under way; starts nothing. */
  async settled(): Promise<void> {
    await this.#last;
  }

  #start(item: Item): Promise<Result> {
    const result = this.#last.then(() => this.#work(item));
    this.#last = result.catch(() => {});
    this.#results.set(item, result);
    return result;
  }
}
