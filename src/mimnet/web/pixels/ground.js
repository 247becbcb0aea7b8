// What paint on plain ground shows: the object or ground, nothing between, and hanging on the object (ground.py).

const GROUND = 8; // a pixel this near to the ground's colour is ground, in grey levels
const PLAIN = 0.9; // share of a picture's rim that must be ground for it to count as plain
const REACH = 1 / 32; // of the side: from so near comes the colour by which paint is judged
const FAINT = 0.35; // share of its distance from the ground below which paint is ground
const FULL = 0.5; // and above which it is the object
const CRACK = 0.25; // share of the colours beside it that a crack must have
const LEAST = 0.6; // share of the object's own distance that counts at least

/** The object in three planes of whole grey levels, as bytes of 0 and 1, and the ground's colour (ground.outline). */
export function outline(planes, width, height) {
  const cells = width * height;
  const colour = [0, 1, 2].map((channel) => median(rimOf(planes.subarray(channel * cells), width, height)));
  const differs = Uint8Array.from({ length: cells }, (_, i) => (apart(planes, cells, i, colour) > GROUND ? 1 : 0));
  const inside = new Uint8Array(cells).fill(1);
  const line = (start, step, count) => {
    for (let n = 0, i = start, met = 0; n < count; n++, i += step) inside[i] &= met |= differs[i];
  };
  for (let x = 0; x < width; x++) {
    line(x, width, height);
    line(cells - width + x, -width, height);
  }
  for (let y = 0; y < height; y++) {
    line(y * width, 1, width);
    line(y * width + width - 1, -1, width);
  }
  const rim = rimOf(differs, width, height);
  const plain = rim.filter((value) => value === 0).length / rim.length >= PLAIN;
  return { inside: plain ? inside : new Uint8Array(cells), colour };
}

function rimOf(plane, width, height) {
  const row = (y) => plane.subarray(y * width, (y + 1) * width);
  const column = (x) => Array.from({ length: height }, (_, y) => plane[y * width + x]);
  return [...row(0), ...row(height - 1), ...column(0), ...column(width - 1)];
}

function median(values) {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return Math.floor((sorted[middle] + sorted[(sorted.length - 1) >> 1]) / 2);
}

function apart(planes, cells, i, colour) {
  return Math.max(...colour.map((value, channel) => Math.abs(planes[channel * cells + i] - value)));
}

/**
 * A change {data, width, height} of what was seen, three planes in grey levels each, without cracks in what it paints
 * on plain ground: lines of at most two cells that have some paint get the colours beside them (ground.mended).
 */
export function mended(saw, change) {
  const { width, height } = change;
  const cells = width * height;
  const { inside, colour } = outline(Uint8ClampedArray.from(saw), width, height);
  if (!inside.includes(1)) return change;
  const outside = largest(
    inside.map((value) => 1 - value),
    width,
    height,
  );
  const [own, paint] = [saw, saw.map((value, i) => Math.fround(value + change.data[i]))].map((planes) =>
    colour.map((value, channel) => {
      const away = planes.subarray(channel * cells, (channel + 1) * cells).map((level) => level - value);
      return filled(away, width, height);
    }),
  );
  const data = change.data.slice();
  outside.forEach((there, i) => {
    if (!there || own.some((plane) => Math.abs(plane[i]) > GROUND)) return;
    const away = colour.map((value, channel) => saw[channel * cells + i] + change.data[channel * cells + i] - value);
    const full = away.map((value, channel) => Math.abs(value + paint[channel][i]));
    if (sum(away.map(Math.abs)) < CRACK * sum(full)) return;
    paint.forEach((plane, channel) => (data[channel * cells + i] += plane[i]));
  });
  return { ...change, data };
}

const sum = (values) => values.reduce((total, value) => total + value, 0);

/** What a closing by 3x3 adds to a plane of differences from the ground, to either side of it. */
function filled(away, width, height) {
  const [more, less] = [1, -1].map((sign) => {
    const beyond = away.map((value) => Math.max(0, sign * value));
    return [LARGEST, SMALLEST].reduce((x, of) => windows(x, width, height, 1, of), beyond);
  });
  return away.map((value, i) => more[i] - less[i] - value);
}

const LARGEST = (a, b) => (a > b ? a : b);
const SMALLEST = (a, b) => (a < b ? a : b);

/**
 * What is painted on plain ground: its colour and three planes {colour, data, width, height}, or null (ground.beyond).
 * `saw` and `change` are three planes in grey levels each, `shown` is a mask of their size.
 */
export function beyond(saw, change, shown) {
  const { width, height } = change;
  const cells = width * height;
  const seen = Uint8ClampedArray.from(saw); // rounds halves to even, as NumPy does
  const { inside, colour } = outline(seen, width, height);
  if (!inside.includes(1) && seen.some((_, i) => i < cells && apart(seen, cells, i, colour) > GROUND)) return null;
  const away = Float32Array.from({ length: cells }, (_, i) => {
    const from = (channel) => {
      const at = channel * cells + i;
      return Math.abs(Math.fround(saw[at] + change.data[at] * Math.fround(shown[i] / 255)) - colour[channel]);
    };
    return (from(0) + from(1) + from(2)) / 3;
  });
  if (!away.some((value, i) => !inside[i] && value > GROUND)) return null;
  const least = LEAST * own(away, inside);
  const full = around(away, width, height).map((value) => Math.max(value, least));
  const paint = Uint8Array.from(away, (value, i) => (value >= FAINT * full[i] ? 1 : 0));
  const beside = paint.map((value, i) => value & ~inside[i]);
  const hanging = spread(
    paint.map((value, i) => value & inside[i]),
    beside,
    width,
    height,
  );
  const loose = largest(
    beside.map((value, i) => value & ~hanging[i]),
    width,
    height,
  );
  const data = new Float32Array(3 * cells);
  data.set(inside.map((value) => 1 - value));
  data.set(loose, cells);
  data.set(full, 2 * cells);
  return { colour, data, width, height };
}

/** How far the object is from the ground: the mean, what is further counting more, for a sleeve may have gone. */
function own(away, inside) {
  let [squares, sum] = [0, 0];
  away.forEach((value, i) => {
    if (!inside[i]) return;
    squares += value * value;
    sum += value;
  });
  return squares / Math.max(sum, 1e-3);
}

/** The largest value within reach of every cell, then the mean of those. */
function around(plane, width, height) {
  const reach = Math.max(1, Math.round(REACH * width));
  const count = 2 * reach + 1;
  const most = windows(plane, width, height, reach, LARGEST);
  return windows(most, width, height, reach, (a, b) => a + b).map((total) => total / count ** 2);
}

/** `of` all values within `reach` along both axes, one after the other; those at the rim count beyond it. */
function windows(plane, width, height, reach, of) {
  const along = (x, stride, length) =>
    x.map((_, i) => {
      const place = Math.floor(i / stride) % length;
      const start = i - place * stride;
      let value = x[start + Math.max(0, place - reach) * stride];
      for (let at = place - reach + 1; at <= place + reach; at++) {
        value = of(value, x[start + Math.min(length - 1, Math.max(0, at)) * stride]);
      }
      return value;
    });
  return along(along(plane, width, height), 1, width);
}

/** What of `paint` can be reached from `start` through nothing but paint. */
function spread(start, paint, width, height) {
  const reached = start.slice();
  const open = Array.from(reached.keys()).filter((i) => reached[i]);
  while (open.length > 0) {
    for (const j of near(open.pop(), width, height)) {
      if (reached[j] || !paint[j]) continue;
      reached[j] = 1;
      open.push(j);
    }
  }
  return reached;
}

/** The largest value of every cell and its eight neighbours. */
export function largest(plane, width, height) {
  return windows(plane, width, height, 1, LARGEST);
}

function near(i, width, height) {
  const x = i % width;
  const y = (i - x) / width;
  const found = [];
  for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
    for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) found.push(v * width + u);
  }
  return found;
}

/**
 * Give a pixel of paint on plain ground an outline, in place (ground.decided): `after` are its three values, `before`
 * a picture's bytes from `at`; `ground`, `loose` and `full` are what the planes of `beyond` hold there, `shown` is how
 * much of ground may replace it.
 */
export function decide(after, before, at, { colour, ground, loose, full }, shown) {
  const off = (channel) => Math.abs(before[at + channel] - colour[channel]);
  if (!(ground > 0.5) || !(shown > 0) || Math.max(off(0), off(1), off(2)) > GROUND) return;
  const away = colour.reduce((sum, value, channel) => sum + Math.abs(after[channel] - value), 0) / 3;
  const share = away / Math.max(full, 1 / 3);
  const ramp = Math.min(1, Math.max(0, (share - FAINT) / (FULL - FAINT)));
  const kept = (ramp * ramp * (3 - 2 * ramp)) / Math.sqrt(Math.min(1, Math.max(1e-3, share)));
  const gain = loose > 0.5 ? 0 : kept;
  for (let channel = 0; channel < 3; channel++) {
    const target = before[at + channel] + shown * (colour[channel] - before[at + channel]);
    after[channel] = target + (after[channel] - target) * gain;
  }
}
