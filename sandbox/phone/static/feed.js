const AGAIN_AFTER_MS = 1500;
const KINDS = ["entry", "customer", "delivery", "typing"];

/**
 * Listens to the sandbox and never gives up. `hear(kind, data)` gets every event, `lost()` is called when the
 * page has to load afresh, `live(true or false)` tells whether the line stands.
 */
export function listen(cursor, { hear, lost, live }) {
  let source;
  let last = cursor;
  let timer = 0;
  let over = false;

  const stop = () => {
    over = true;
    clearTimeout(timer);
    source?.close();
  };

  const open = () => {
    source = new EventSource(`/sandbox/phone/events?since=${encodeURIComponent(last)}`);
    source.onopen = () => live(true);
    source.onerror = () => {
      live(false);
      // The browser reconnects a broken line by itself, but gives up on an error status.
      if (source.readyState === EventSource.CLOSED && !over) timer = setTimeout(open, AGAIN_AFTER_MS);
    };
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => {
        last = event.lastEventId || last;
        hear(kind, JSON.parse(event.data));
      });
    }
    source.addEventListener("resync", () => {
      stop();
      lost();
    });
  };

  open();
  return stop;
}
