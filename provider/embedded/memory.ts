/**
 * A map that forgets everything when it is full: what it holds can be found again, and only takes
 * longer then.
 */
export class Memory<Value> extends Map<string, Value> {
  /** @param limit how many entries are kept at most */
  constructor(private readonly limit: number) {
    super();
  }

  override set(key: string, value: Value): this {
    if (this.size >= this.limit && !this.has(key)) {
      this.clear();
    }
    return super.set(key, value);
  }
}
