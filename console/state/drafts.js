/**
 * What an agent has begun to write, one draft a conversation, and one for a conversation that is not there yet. Each
 * change is stored at once. Of the customer's words nothing is kept: the message to answer is named by its id.
 *
 * @typedef {object} Draft
 * @property {string} text
 * @property {string|null} replyTo id of the message to answer
 * @property {string} [to] the phone number, in the draft of a new conversation
 */

/** The place of the draft that has no conversation yet. */
export const NEW = "new";

const NOTHING = { text: "", replyTo: null };

export class Drafts {
  /** @param {{load: () => [string|null, Draft][], save: (drafts: [string|null, Draft][]) => void}} [storage] survives a reload */
  constructor(storage = { load: () => [], save: () => {} }) {
    this.storage = storage;
    this.drafts = new Map(storage.load());
  }

  /** @param {string|null} conversationId @returns {Draft} */
  of(conversationId) {
    return this.drafts.get(conversationId) ?? NOTHING;
  }

  /** Changes a draft; one with nothing in it is none. @param {string|null} conversationId @param {Partial<Draft>} change */
  write(conversationId, change) {
    const draft = { ...this.of(conversationId), ...change };
    if (Object.values(draft).some(Boolean)) this.drafts.set(conversationId, draft);
    else this.drafts.delete(conversationId);
    this.#save();
  }

  /** @param {string|null} conversationId */
  discard(conversationId) {
    if (this.drafts.delete(conversationId)) this.#save();
  }

  /** The draft of a conversation that was joined with another goes there, behind what is written there already. @param {string} gone @param {string} home */
  move(gone, home) {
    const { text, replyTo } = this.of(gone);
    if (!this.drafts.has(gone)) return;
    const there = this.of(home);
    this.write(home, { text: [there.text, text].filter(Boolean).join("\n"), replyTo: there.replyTo ?? replyTo });
    this.discard(gone);
  }

  /** Forgets everything, for when the agent logs out. */
  clear() {
    this.drafts.clear();
    this.#save();
  }

  /** Leaves everything to the storage, for when the session ended: whoever logs in again goes on with it. */
  forget() {
    this.storage = { load: () => [], save: () => {} };
    this.drafts.clear();
  }

  #save() {
    this.storage.save([...this.drafts]);
  }
}
