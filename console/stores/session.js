/** Who is here: nobody known yet, somebody who has to log in, or an agent with a desk. */

import { Api } from "../api.js";
import { Desk } from "../desk.js";
import { goTo } from "../routes.js";
import { ChatSocket } from "../socket.js";
import { signal } from "../vendor/signals-core.js";

const AGAIN_MS = 3000;

/** @typedef {"starting"|"login"|"inbox"} Phase */

export class SessionStore {
  constructor() {
    /** @type {import("../vendor/signals-core.js").Signal<Phase>} */
    this.phase = signal(/** @type {Phase} */ ("starting"));
    /** Why it takes long to start; "" while it does not. */
    this.problem = signal("");
    /** Whether a session was here and is over. */
    this.ended = signal(false);
    /** @type {Desk|null} */
    this.desk = null;
    this.api = new Api({ onLoggedOut: () => this.#askToLogIn() });
  }

  /** An agent who is in already sees the inbox, any other the log-in form. */
  async begin() {
    const ticket = this.api.ticket(); // beside the question who is here, for both are needed before anything is shown
    ticket.catch(() => {});
    try {
      this.#enter(await this.api.me(), ticket);
    } catch (error) {
      if (error.status === 401) return;
      this.problem.value = error.message;
      setTimeout(() => this.begin(), AGAIN_MS);
    }
  }

  /** Rejects with an ApiError. @param {string} email @param {string} password */
  async logIn(email, password) {
    const agent = await new Api().login(email, password);
    // Another agent in this tab begins with a page of his own.
    if (this.desk) location.reload();
    else this.#enter(agent);
  }

  /** Ends the session. Where that cannot be done the agent is told, and is not made to believe it was. */
  async leave() {
    const { desk } = this;
    if (!desk) return;
    try {
      await this.api.logout();
    } catch (error) {
      if (error.status !== 401) return desk.tell(error.message);
    }
    desk.writing.clear();
    desk.stop();
    location.assign("/");
  }

  /** @param {import("../types.js").Agent} me @param {Promise<import("../socket.js").Ticket>|null} [first] a ticket that was asked for before */
  #enter(me, first = null) {
    const { api } = this;
    const issueTicket = () => {
      const issued = first ?? api.ticket();
      first = null;
      return issued;
    };
    this.desk = new Desk({
      api, me, socket: new ChatSocket({ issueTicket }), attentive,
      storage: { unsent: storageOf("unsent", me.id), drafts: storageOf("drafts", me.id) },
      onSessionEnd: (isOver) => (isOver ? this.#askToLogIn() : api.me().catch(() => {})), onMoved: goTo,
    });
    this.desk.start();
    this.phase.value = "inbox";
  }

  /**
   * Nothing of a customer stays in the page or in its memory, for whoever sits here next. What was sent and not taken
   * yet, and what is half written, is in the tab's storage; the next login loads the page anew.
   */
  #askToLogIn() {
    this.desk?.close();
    this.ended.value = Boolean(this.desk);
    this.phase.value = "login";
  }
}

/** Whether the agent is looking at the page. */
function attentive() {
  return document.visibilityState === "visible" && document.hasFocus();
}

/** What an agent wrote and has not sent outlives a reload of the tab and a new log-in, and ends with the tab. @param {string} what @param {string} agentId */
function storageOf(what, agentId) {
  const key = `parley.${what}.${agentId}`;
  return {
    load: () => JSON.parse(sessionStorage.getItem(key) ?? "[]"),
    save: (/** @type {any[]} */ kept) => (kept.length ? sessionStorage.setItem(key, JSON.stringify(kept)) : sessionStorage.removeItem(key)),
  };
}
