/**
 * The REST client: one function for each thing the console asks for. The session is an HttpOnly cookie, so
 * no token ever passes through here.
 */

const ROOT = "/api/v1";
const PATIENCE_MS = 20_000;
const RETRYABLE = new Set([0, 408, 425, 429, 500, 502, 503, 504, 401]);

/** What went wrong with a request. `status` is 0 where the server could not be reached. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {{code?: string, message?: string, fields?: Object<string, unknown>}} [told] the API's `error` object
   */
  constructor(status, told = {}) {
    super(told.message ?? explanation(status));
    this.status = status;
    this.code = told.code ?? "";
    this.fields = told.fields ?? null;
    this.details = fieldsAsText(told.fields);
    this.told = told;
  }

  /** Whether the same request may succeed later: not reached, overloaded, or not logged in just now. */
  get retryable() {
    return RETRYABLE.has(this.status);
  }
}

/** @param {number} status */
function explanation(status) {
  return status ? `The server answered with status ${status}.` : "The server cannot be reached.";
}

/** Of several fields that are wrong; of one the message says it all. @param {Object<string, unknown>|null|undefined} fields */
function fieldsAsText(fields) {
  const told = Object.entries(fields ?? {});
  return told.length < 2 ? "" : told.map(([name, what]) => `${name}: ${Array.isArray(what) ? what.join(", ") : what}`).join("; ");
}

export class Api {
  /**
   * @param {object} [parts]
   * @param {(path: string, options: RequestInit) => Promise<Response>} [parts.fetch]
   * @param {(error?: ApiError) => void} [parts.onLoggedOut] told whenever the server answers 401
   */
  constructor({ fetch = (path, options) => globalThis.fetch(path, options), onLoggedOut = () => {} } = {}) {
    this.fetch = fetch;
    this.onLoggedOut = onLoggedOut;
  }

  /** @returns {Promise<{id: string, name: string, email: string, role: string, development?: object}>} */
  me() {
    return this.#get(`${ROOT}/auth/me`);
  }

  /** @param {string} email @param {string} password */
  async login(email, password) {
    return (await this.#post(`${ROOT}/auth/login`, { email, password, cookie: true })).agent;
  }

  logout() {
    return this.#post(`${ROOT}/auth/logout`);
  }

  /** @returns {Promise<import("./socket.js").Ticket>} */
  ticket() {
    return this.#post(`${ROOT}/ws/ticket`);
  }

  /** Names of the agents, for who wrote what. @returns {Promise<{data: {id: string, name: string}[]}>} */
  agents() {
    return this.#get(`${ROOT}/agents`);
  }

  /**
   * @param {{unread?: boolean, q?: string}} filters
   * @returns {Promise<{data: any[], next: string|null}>} ConversationViews, newest activity first
   */
  conversations({ unread = false, q = "" } = {}) {
    const query = new URLSearchParams({ limit: "50" });
    if (unread) query.set("unread", "true");
    if (q) query.set("q", q);
    return this.#get(`${ROOT}/conversations?${query}`);
  }

  /** @returns {Promise<{unread: number, unread_more: boolean}>} conversations with something unread, of all */
  counts() {
    return this.#get(`${ROOT}/conversations/counts`);
  }

  /** @param {string} id @returns {Promise<any>} */
  conversation(id) {
    return this.#get(`${ROOT}/conversations/${id}`);
  }

  /** @param {string} conversationId @returns {Promise<any>} */
  markRead(conversationId) {
    return this.#post(`${ROOT}/conversations/${conversationId}/read`);
  }

  /** @returns {Promise<{data: any[], next: string|null}>} MessageViews, newest first @param {string} conversationId */
  messages(conversationId) {
    return this.#get(`${ROOT}/conversations/${conversationId}/messages?limit=50`);
  }

  /** @param {string} id @returns {Promise<any>} */
  message(id) {
    return this.#get(`${ROOT}/messages/${id}`);
  }

  /** The page behind a `next` or `prev` link. Only the path is used: a proxy may know another host name. @param {string} link @returns {Promise<any>} */
  page(link) {
    const { pathname, search } = new URL(link, "http://any");
    return this.#get(pathname + search);
  }

  /** @param {{conversationId: string, text: string, replyTo: string|null, key: string}} send @returns {Promise<any>} */
  sendText({ conversationId, text, replyTo, key }) {
    const body = { conversation_id: conversationId, type: "text", text: { body: text } };
    return this.#send(replyTo ? { ...body, reply_to: replyTo } : body, key);
  }

  /** Writes to a phone number, which begins a conversation where there is none. @param {string} phone @param {string} text @param {string} key */
  sendTextTo(phone, text, key) {
    return this.#send({ to: phone, type: "text", text: { body: text } }, key);
  }

  /** @param {{conversationId: string, template: object, key: string}} send */
  sendTemplate({ conversationId, template, key }) {
    return this.#send({ conversation_id: conversationId, type: "template", template }, key);
  }

  /** @returns {Promise<{data: any[], next: string|null}>} the templates that may be sent @param {string} [accountId] */
  templates(accountId) {
    const query = new URLSearchParams({ status: "APPROVED", limit: "200" });
    if (accountId) query.set("account_id", accountId);
    return this.#get(`${ROOT}/templates?${query}`);
  }

  /** Has the server fetch the templates of every account from Meta. Admins only. */
  syncTemplates() {
    return this.#post(`${ROOT}/templates/sync`, {});
  }

  /** Our own numbers, each with its account. */
  numbers() {
    return this.#get(`${ROOT}/numbers`);
  }

  /** @param {string} messageId @returns {Promise<any>} */
  retry(messageId) {
    return this.#post(`${ROOT}/messages/${messageId}/retry`);
  }

  /** @param {object} body @param {string} key */
  #send(body, key) {
    return this.#post(`${ROOT}/messages/send`, body, { "Idempotency-Key": key });
  }

  /** @param {string} path */
  #get(path) {
    return this.#request(path, { method: "GET" });
  }

  /** @param {string} path @param {object} [body] @param {Object<string, string>} [headers] */
  #post(path, body, headers = {}) {
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    return this.#request(path, {
      method: "POST", headers: { "Content-Type": "application/json", ...headers }, ...content,
    });
  }

  /** @param {string} path @param {RequestInit} options @returns {Promise<any>} */
  async #request(path, options) {
    const response = await this.#reach(path, options);
    const answer = await readJson(response);
    if (response.ok) return answer;
    const error = new ApiError(response.status, answer?.error);
    if (response.status === 401) this.onLoggedOut(error);
    throw error;
  }

  /** @param {string} path @param {RequestInit} options */
  async #reach(path, options) {
    try {
      return await this.fetch(path, {
        credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE_MS), ...options,
        headers: { Accept: "application/json", ...options.headers },
      });
    } catch {
      throw new ApiError(0);
    }
  }
}

/** @param {Response} response @returns {Promise<any>} */
async function readJson(response) {
  try {
    return await response.json();
  } catch {
    return null;
  }
}
