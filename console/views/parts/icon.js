/** Line icons on a 20 by 20 grid, drawn for Parley. They are ornaments: words stand beside or behind them. */

import { html } from "../../html.js";

const SHAPES = {
  alert: ["M10 6v5", "M10 14v.01", "M10 2.5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 0 0 0-15z"],
  back: ["M12 4l-6 6l6 6"],
  clock: ["M10 5.5v4.5l3 2", "M10 2.5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 0 0 0-15z"],
  close: ["M5 5l10 10", "M15 5L5 15"],
  down: ["M4 8l6 6l6-6"],
  file: ["M5 2.5h6.5l4 4v11H5z", "M11.5 2.5v4h4"],
  image: ["M3 4h14v12H3z", "M3 14l4.5-4.5l3.5 3.5l2.5-2.5L17 14", "M13 7.5v.01"],
  leave: ["M8 3H4v14h4", "M9 10h8", "M14 6.5l3.5 3.5l-3.5 3.5"],
  pause: ["M8 7.5v5", "M12 7.5v5", "M10 2.5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 0 0 0-15z"],
  person: ["M10 3a3.2 3.2 0 1 0 0 6.4a3.2 3.2 0 0 0 0-6.4z", "M3.5 17c.6-3.6 3.2-5.2 6.5-5.2s5.9 1.6 6.5 5.2"],
  phone: ["M6 2h8v16H6z", "M9.5 15.5h1"],
  pin: ["M10 17.5c-3.5-4-5-6.5-5-9a5 5 0 0 1 10 0c0 2.5-1.5 5-5 9z", "M10 7a1.5 1.5 0 1 0 0 3a1.5 1.5 0 0 0 0-3z"],
  play: ["M6 3.5v13l10.5-6.5z"],
  plus: ["M10 4v12", "M4 10h12"],
  question: ["M7.5 7.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8", "M10 14.5v.01", "M10 2.5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 0 0 0-15z"],
  reply: ["M8 4L3 9l5 5", "M3 9h8c3.5 0 6 2 6 6.5"],
  search: ["M8.5 3a5.5 5.5 0 1 0 0 11a5.5 5.5 0 0 0 0-11z", "M12.5 12.5L17 17"],
  send: ["M3 10L17 3.5L13 17l-3.5-5.5z", "M9.5 11.5L17 3.5"],
  tick: ["M4 10.5l4 4l8-9"],
  ticks: ["M1.5 10.5l4 4l8-9", "M10 14l.5.5l8-9"],
};

/** An icon by its name, hidden from screen readers. @param {{name: keyof typeof SHAPES}} props */
export function Icon({ name }) {
  return html`<svg class=${`icon icon-${name}`} viewBox="0 0 20 20" aria-hidden="true">
    ${SHAPES[name].map((shape) => html`<path d=${shape} />`)}
  </svg>`;
}
