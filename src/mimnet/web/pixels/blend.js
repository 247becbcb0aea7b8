// A change put onto a photograph: the map that pastes, marks painted on it by hand, and the transfer (blend.py).

import { Enlarged } from "./cubic.js";
import { decide, largest } from "./ground.js";

const FEATHER = 0.4; // the map rises from nothing to full over so much above the threshold
export const NEUTRAL = 128; // of marks: below takes away from the map, above adds to it

/** Weight map {data, width, height} or null (everything) -> the map that pastes, bytes of `width` x `height`. */
export function fullMask(weightMap, width, height, threshold) {
  const mask = new Uint8ClampedArray(width * height); // rounds halves to even, as NumPy does
  if (weightMap === null) return mask.fill(255);
  const rise = Math.min(FEATHER, 1 - threshold);
  const peak = weightMap.data.reduce((most, value) => Math.max(most, value), 0);
  if (peak < threshold + rise / 2) return mask; // a map that is faint everywhere has found nothing
  const enlarged = new Enlarged(weightMap.data, 0, weightMap.width, weightMap.height, width, height);
  for (let y = 0, i = 0; y < height; y++) {
    const row = enlarged.at(y);
    for (let x = 0; x < width; x++, i++) {
      const ramp = Math.min(1, Math.max(0, (row[x] - threshold) / rise));
      mask[i] = ramp * ramp * (3 - 2 * ramp) * 255;
    }
  }
  return mask;
}

/** A value of the map with a mark on it: 0 takes all away, NEUTRAL nothing, 255 adds all. */
export function marked(value, mark) {
  const share = Math.max(-1, (mark - NEUTRAL) / 127);
  return share > 0 ? value + (255 - value) * share : value * (1 + share);
}

/** Change `mask` by marks {data, width, height} of any size. */
export function applyMarks(mask, width, height, marks) {
  const place = (i, outputs, inputs) => Math.min(inputs - 1, Math.max(0, ((i + 0.5) * inputs) / outputs - 0.5));
  for (let y = 0; y < height; y++) {
    const v = place(y, height, marks.height);
    const above = Math.floor(v) * marks.width;
    const below = Math.min(marks.height - 1, Math.floor(v) + 1) * marks.width;
    const down = v - Math.floor(v);
    for (let x = 0; x < width; x++) {
      const u = place(x, width, marks.width);
      const left = Math.floor(u);
      const right = Math.min(marks.width - 1, left + 1);
      const across = u - left;
      const upper = marks.data[above + left] * (1 - across) + marks.data[above + right] * across;
      const lower = marks.data[below + left] * (1 - across) + marks.data[below + right] * across;
      mask[y * width + x] = marked(mask[y * width + x], upper * (1 - down) + lower * down);
    }
  }
}

/** Nothing is painted where nothing is seen. */
export function hideUnseen(mask, { data }) {
  for (let i = 0; i < mask.length; i++) if (data[i * 4 + 3] === 0) mask[i] = 0;
}

const STOOD_OUT = 24; // grey levels by which something must have stood out to be missed
const GONE = 0.1; // share of that which is left where it is gone
const KEPT = 0.25; // and where it is kept

/**
 * Where the change leaves little of what stood out in `saw` (three planes in grey levels each), the network's picture
 * and its share: four planes {data, width, height}, or null for nowhere (blend.replaced).
 */
export function replaced(saw, change) {
  const { width, height } = change;
  const cells = width * height;
  const data = new Float32Array(4 * cells);
  for (let i = 0; i < 3 * cells; i++) data[i] = saw[i] + change.data[i];
  const before = range(mean(saw, cells), width, height);
  const after = range(mean(data, cells), width, height);
  const share = before.map((value, i) =>
    value < STOOD_OUT ? 0 : Math.min(1, Math.max(0, (KEPT - after[i] / value) / (KEPT - GONE))),
  );
  if (!share.some((value) => value > 0)) return null;
  data.set(largest(share, width, height), 3 * cells);
  return { data, width, height };
}

function mean(planes, cells) {
  return Float32Array.from({ length: cells }, (_, i) => (planes[i] + planes[cells + i] + planes[2 * cells + i]) / 3);
}

/** How far the values of every cell and its eight neighbours lie apart. */
function range(plane, width, height) {
  const most = largest(plane, width, height);
  const least = largest(
    plane.map((value) => -value),
    width,
    height,
  );
  return most.map((value, i) => value + least[i]);
}

/**
 * The photograph plus `change` where the mask lets it, or `instead` (of `replaced`) in place of both, beyond strength 1
 * no further. What is painted `beside` the object (of `beyond`), on plain ground, gets an outline. Pixels where the
 * mask is 0 are copied, not computed.
 */
export function transfer(photograph, change, mask, strength, instead = null, beside = null) {
  const { width, height } = photograph;
  const data = new Uint8ClampedArray(photograph.data);
  const enlarged = (planes, count) =>
    planes && Array.from({ length: count }, (_, plane) => planeOf(planes, plane, width, height));
  const [changes, own, grounds] = [enlarged(change, 3), enlarged(instead, 4), enlarged(beside, 3)];
  const full = Math.min(strength, 1);
  const after = [0, 0, 0];
  for (let y = 0, i = 0; y < height; y++) {
    if (!touched(mask, i, width)) {
      i += width;
      continue;
    }
    const [row, painted, ground] = [changes, own, grounds].map((planes) => planes?.map((plane) => plane.at(y)));
    for (let x = 0; x < width; x++, i++) {
      if (mask[i] === 0) continue;
      for (let channel = 0; channel < 3; channel++) {
        const before = data[i * 4 + channel];
        after[channel] = before + mask[i] * (strength / 255) * row[channel][x];
        if (painted) {
          const replacing = before + mask[i] * (full / 255) * (painted[channel][x] - before);
          after[channel] += Math.min(1, Math.max(0, painted[3][x])) * (replacing - after[channel]);
        }
      }
      if (ground) {
        const here = { colour: beside.colour, ground: ground[0][x], loose: ground[1][x], full: ground[2][x] * full };
        decide(after, data, i * 4, here, (mask[i] * full) / 255);
      }
      data.set(after, i * 4);
    }
  }
  return { data, width, height };
}

function planeOf({ data, width: w, height: h }, plane, width, height) {
  return new Enlarged(data, plane * w * h, w, h, width, height);
}

function touched(mask, from, width) {
  for (let i = from; i < from + width; i++) if (mask[i] > 0) return true;
  return false;
}
