/**
 * A long column of which only a stretch is drawn: where each row is, by heights that were measured where it was drawn
 * before, and guessed where it was not. Pure; pixels from the top of the column.
 *
 * @template {{key: string}} Row
 */
export class Column {
  /** @param {(row: Row) => number} guess a row's height in px before it was drawn */
  constructor(guess) {
    this.guess = guess;
    /** @type {Row[]} */
    this.rows = [];
  }

  /** @type {Map<string, number>} */
  #heights = new Map();
  /** @type {number[]} where each row begins, and behind them where the column ends */
  #tops = [0];
  /** @type {Map<string, number>|null} */
  #indexes = null;

  /** @param {Row[]} rows each key once */
  set(rows) {
    if (rows === this.rows) return;
    this.rows = rows;
    this.#indexes = null;
    this.#stack();
  }

  get height() {
    return this.#tops[this.rows.length];
  }

  /** Learns heights. @param {Iterable<[string, number]>} heights by key @returns {boolean} whether anything moved */
  measured(heights) {
    let moved = false;
    for (const [key, height] of heights) {
      if (Math.abs((this.#heights.get(key) ?? -1) - height) < 0.01) continue;
      this.#heights.set(key, height);
      moved = true;
    }
    if (moved) this.#stack();
    return moved;
  }

  /** @param {number} index of a row, or one behind the last */
  topAt(index) {
    return this.#tops[index];
  }

  /** @param {string} key @returns {number} -1 where there is none */
  indexOf(key) {
    this.#indexes ??= new Map(this.rows.map((row, index) => [row.key, index]));
    return this.#indexes.get(key) ?? -1;
  }

  /** The row at a height; the first or the last beyond the ends. @param {number} y */
  indexAt(y) {
    let [low, high] = [0, this.rows.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#tops[middle] <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The rows between two heights. @param {number} from @param {number} to @returns {[number, number]} the second is not among them */
  between(from, to) {
    return this.rows.length ? [this.indexAt(from), this.indexAt(to) + 1] : [0, 0];
  }

  #stack() {
    const tops = new Array(this.rows.length + 1);
    let top = 0;
    for (let index = 0; index < this.rows.length; index++) {
      const row = this.rows[index];
      tops[index] = top;
      top += this.#heights.get(row.key) ?? this.guess(row);
    }
    tops[this.rows.length] = top;
    this.#tops = tops;
  }
}
