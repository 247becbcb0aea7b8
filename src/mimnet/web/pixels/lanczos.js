// Pictures made smaller as Pillow does it (LANCZOS, reducing_gap 3), byte for byte.

const SUPPORT = 3; // lobes of the filter
const GAP = 3; // whole blocks are averaged first while the picture is so many times too large
const ONE = 1 << 22; // weights are whole numbers of this unit

/** A picture {data, width, height}, four bytes a pixel, at another size. Bytes that are the same everywhere stay so. */
export function resize(picture, width, height) {
  const across = Math.max(1, Math.trunc(picture.width / width / GAP));
  const down = Math.max(1, Math.trunc(picture.height / height / GAP));
  const small = reduce(picture, across, down);
  const columns = weights(small.width, picture.width / across, width);
  const rows = weights(small.height, picture.height / down, height);
  return filterRows(filterColumns(small, columns, width), rows, height);
}

/** Blocks of `across` x `down` pixels averaged to one; those at the right and lower edge may be smaller. */
export function reduce(picture, across, down) {
  if (across === 1 && down === 1) return picture;
  const { data, width, height } = picture;
  const wide = Math.ceil(width / across);
  const high = Math.ceil(height / down);
  const made = new Uint8Array(wide * high * 4);
  for (let y = 0; y < high; y++) {
    const bottom = Math.min(height, (y + 1) * down);
    for (let x = 0; x < wide; x++) {
      const right = Math.min(width, (x + 1) * across);
      const count = (bottom - y * down) * (right - x * across);
      const share = Math.floor(16777216 / count);
      let a = count >> 1;
      let b = a;
      let c = a;
      let d = a;
      for (let v = y * down; v < bottom; v++) {
        const end = (v * width + right) * 4;
        for (let i = (v * width + x * across) * 4; i < end; i += 4) {
          a += data[i];
          b += data[i + 1];
          c += data[i + 2];
          d += data[i + 3];
        }
      }
      const at = (y * wide + x) * 4;
      made[at] = Math.floor((a * share) / 16777216);
      made[at + 1] = Math.floor((b * share) / 16777216);
      made[at + 2] = Math.floor((c * share) / 16777216);
      made[at + 3] = Math.floor((d * share) / 16777216);
    }
  }
  return { data: made, width: wide, height: high };
}

const sinc = (x) => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));
const lanczos = (x) => (Math.abs(x) < SUPPORT ? sinc(x) * sinc(x / SUPPORT) : 0);

/** For each output the first input and the weights from there on; `extent` of the `inputs` are covered. */
function weights(inputs, extent, outputs) {
  const scale = Math.fround(extent) / outputs; // Pillow hands the extent on in single precision
  const stretch = Math.max(scale, 1);
  const reach = SUPPORT * stretch;
  const found = [];
  for (let i = 0; i < outputs; i++) {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - reach + 0.5));
    const last = Math.min(inputs, Math.trunc(centre + reach + 0.5));
    const row = new Float64Array(last - first);
    let total = 0;
    for (let k = 0; k < row.length; k++) total += row[k] = lanczos((first + k - centre + 0.5) / stretch);
    found.push({ first, row: Int32Array.from(row, (w) => Math.trunc((w / total) * ONE + (w < 0 ? -0.5 : 0.5))) });
  }
  return found;
}

function filterColumns(picture, columns, wide) {
  const { data, width, height } = picture;
  if (width === wide) return picture;
  const made = new Uint8ClampedArray(wide * height * 4);
  for (let x = 0; x < wide; x++) {
    const { first, row } = columns[x];
    for (let y = 0; y < height; y++) put(made, (y * wide + x) * 4, data, (y * width + first) * 4, 4, row);
  }
  return { data: made, width: wide, height };
}

function filterRows(picture, rows, high) {
  const { data, width, height } = picture;
  if (height === high) return picture;
  const made = new Uint8ClampedArray(width * high * 4);
  for (let y = 0; y < high; y++) {
    const { first, row } = rows[y];
    for (let x = 0; x < width; x++) put(made, (y * width + x) * 4, data, (first * width + x) * 4, width * 4, row);
  }
  return { data: made, width, height: high };
}

/** One pixel: the weighted sum of those from `from` on, `step` apart. */
function put(made, at, data, from, step, row) {
  let a = ONE / 2;
  let b = a;
  let c = a;
  let d = a;
  for (let k = 0, i = from; k < row.length; k++, i += step) {
    const w = row[k];
    a += data[i] * w;
    b += data[i + 1] * w;
    c += data[i + 2] * w;
    d += data[i + 3] * w;
  }
  made[at] = a >> 22;
  made[at + 1] = b >> 22;
  made[at + 2] = c >> 22;
  made[at + 3] = d >> 22;
}
