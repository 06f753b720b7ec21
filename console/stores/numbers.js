/** Our numbers, and which of them are paused. */

import { withNumbers, withStanding } from "../state/numbers.js";
import { signal } from "../vendor/signals-core.js";

export class NumbersStore {
  /** @param {{api: import("../api.js").Api}} parts */
  constructor({ api }) {
    this.api = api;
    /** @type {import("../vendor/signals-core.js").Signal<import("../state/numbers.js").Numbers>} */
    this.numbers = signal({});
  }

  /** Rejects with an ApiError. */
  async refetch() {
    const { data } = await this.api.numbers();
    this.numbers.value = withNumbers(this.numbers.value, data);
  }

  /** What an event tells of a number; one that nobody listed yet has to be fetched. @param {any} view */
  async heard(view) {
    if (!this.numbers.value[view.phone_number_id]) return this.refetch();
    this.numbers.value = withStanding(this.numbers.value, view);
  }

  close() {
    this.numbers.value = {};
  }
}
