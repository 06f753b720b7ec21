/** Everything an agent who is logged in sees: the list beside the thread, or one of them where there is no room for both. */

import { html } from "../../html.js";
import { t } from "../../locale.js";
import { goTo, route } from "../../routes.js";
import { unreadText } from "../../state/unread.js";
import { useEffect, useReducer, useState } from "../../vendor/hooks.js";
import { NewConversation } from "../list/newconversation.js";
import { Side } from "../list/side.js";
import { TemplateDialog } from "../thread/templates.js";
import { Thread } from "../thread/thread.js";
import { Announcer } from "./announcer.js";
import { Blank } from "./blank.js";
import { Banner } from "./connection.js";
import { Holds } from "./holds.js";
import { useKeys } from "./keyboard.js";
import { Notice } from "./notice.js";

const REDRAW_MS = 15_000;

/** @typedef {import("../../desk.js").Desk} Desk */

/** @param {{desk: Desk, leave: () => void}} props */
export function Inbox({ desk, leave }) {
  const [dialog, setDialog] = useState(/** @type {"new"|"template"|null} */ (null));
  const openId = desk.thread.openId.value;
  useRoute(desk);
  useAttention(desk);
  useKeys(desk);
  useTitle(desk);
  const close = () => setDialog(null);
  return html`<${Announcer} desk=${desk} /><${Notice} desk=${desk} />
    <main class="inbox" data-open=${Boolean(openId)}>
      <h1 class="unseen">${t("inbox")}</h1>
      <div class="top"><${Holds} desk=${desk} /><${Banner} desk=${desk} /></div>
      <${Side} desk=${desk} openNew=${() => setDialog("new")} leave=${leave} />
      <div class="main">${openId ? html`<${Thread} desk=${desk} openTemplate=${() => setDialog("template")} />` : html`<${Blank} desk=${desk} />`}</div>
    </main>
    ${dialog === "new" && html`<${NewConversation} desk=${desk} close=${close} onStarted=${goTo} />`}
    ${dialog === "template" && desk.thread.conversation && html`<${TemplateDialog} desk=${desk} conversation=${desk.thread.conversation} close=${close} />`}`;
}

/** The address says what is open. @param {Desk} desk */
function useRoute(desk) {
  const { id } = route.value;
  useEffect(() => { desk.thread.open(id); }, [id]);
}

/** Marks read what is looked at, and tells the others who is here. @param {Desk} desk */
function useAttention(desk) {
  const [, draw] = useReducer((/** @type {number} */ count) => count + 1, 0);
  useEffect(() => {
    const visible = () => document.visibilityState === "visible";
    const attend = () => { desk.thread.attend(); };
    const reconnect = () => desk.socket.reconnectNow();
    const seen = () => {
      attend();
      desk.socket.present(visible());
      if (visible()) reconnect();
    };
    desk.socket.present(visible());
    addEventListener("focus", attend);
    addEventListener("online", reconnect);
    document.addEventListener("visibilitychange", seen);
    // What is said of times ages.
    const timer = setInterval(() => { desk.inbox.age(); draw(0); }, REDRAW_MS);
    return () => {
      removeEventListener("focus", attend);
      removeEventListener("online", reconnect);
      document.removeEventListener("visibilitychange", seen);
      clearInterval(timer);
    };
  }, [desk]);
}

/** @param {Desk} desk */
function useTitle(desk) {
  const unread = unreadText(desk.inbox.unread.value);
  useEffect(() => { document.title = unread ? `(${unread}) Parley` : "Parley"; }, [unread]);
  useEffect(() => () => { document.title = "Parley"; }, []);
}
