// Marks painted on the map: a stroke is soft at its rim and as strong as its strongest dab.

import { NEUTRAL } from "../pixels/blend.js";

export class Stroke {
  /** `start` are the marks before, bytes of width x height, or null for none; `add` or take away. */
  constructor(start, width, height, { add, radius, feather }) {
    this.start = start;
    this.width = width;
    this.height = height;
    this.target = add ? 255 : 0;
    this.radius = radius;
    this.hard = radius * (1 - feather);
    this.reach = new Float32Array(width * height);
    this.marks = start === null ? new Uint8Array(width * height).fill(NEUTRAL) : start.slice();
    this.last = null;
  }

  /** Go on to a point, in pixels; gives back the box {left, top, right, bottom} that changed. */
  to(x, y) {
    const from = this.last ?? { x, y };
    const steps = Math.max(1, Math.ceil(Math.hypot(x - from.x, y - from.y) / Math.max(1, this.radius / 4)));
    for (let i = 1; i <= steps; i++) this.dab(from.x + ((x - from.x) * i) / steps, from.y + ((y - from.y) * i) / steps);
    this.last = { x, y };
    return this.box(Math.min(x, from.x), Math.min(y, from.y), Math.max(x, from.x), Math.max(y, from.y));
  }

  box(left, top, right, bottom) {
    const inside = (value, most) => Math.min(most, Math.max(0, value));
    return {
      left: inside(Math.floor(left - this.radius), this.width),
      top: inside(Math.floor(top - this.radius), this.height),
      right: inside(Math.ceil(right + this.radius) + 1, this.width),
      bottom: inside(Math.ceil(bottom + this.radius) + 1, this.height),
    };
  }

  dab(x, y) {
    const { left, top, right, bottom } = this.box(x, y, x, y);
    for (let v = top; v < bottom; v++) {
      for (let u = left; u < right; u++) {
        const away = Math.hypot(u + 0.5 - x, v + 0.5 - y);
        if (away >= this.radius) continue;
        const share = away <= this.hard ? 1 : (this.radius - away) / (this.radius - this.hard);
        const reach = share * share * (3 - 2 * share);
        const i = v * this.width + u;
        if (reach <= this.reach[i]) continue;
        this.reach[i] = reach;
        const before = this.start === null ? NEUTRAL : this.start[i];
        this.marks[i] = Math.round(before + (this.target - before) * reach);
      }
    }
  }
}
