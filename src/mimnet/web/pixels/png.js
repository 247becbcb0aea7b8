// PNG files without loss: written with profile and text, and read where a canvas would spoil colours under alpha.

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const CHANNELS = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }; // by colour type

/**
 * Bytes of a PNG file of {data, width, height}. `alpha`: keep it. `profile`: an ICC profile or null; `texts`: keyword
 * to ASCII text.
 */
export async function encodePng(picture, { alpha, profile = null, texts = {} }) {
  const { width, height } = picture;
  const parts = [Uint8Array.from(SIGNATURE)];
  const head = new Uint8Array(13);
  new DataView(head.buffer).setUint32(0, width);
  new DataView(head.buffer).setUint32(4, height);
  head.set([8, alpha ? 6 : 2, 0, 0, 0], 8);
  parts.push(chunk("IHDR", head));
  if (profile !== null) parts.push(chunk("iCCP", await profileChunk(profile)));
  for (const [keyword, text] of Object.entries(texts)) parts.push(chunk("tEXt", ascii(`${keyword}\0${text}`)));
  parts.push(chunk("IDAT", await through(new CompressionStream("deflate"), filtered(picture, alpha ? 4 : 3))));
  parts.push(chunk("IEND", new Uint8Array(0)));
  return joined(parts);
}

async function profileChunk(profile) {
  return joined([ascii("icc\0\0"), await through(new CompressionStream("deflate"), [profile])]);
}

/** Rows in bands, each by the filter (left, above, Paeth) whose bytes are smallest. */
function* filtered({ data, width, height }, channels) {
  const stride = width * channels;
  const band = Math.max(1, Math.floor(1048576 / stride));
  const tries = [1, 2, 4].map((kind) => ({ kind, bytes: new Uint8Array(stride), cost: 0 }));
  let above = new Uint8Array(stride);
  let row = new Uint8Array(stride);
  for (let top = 0; top < height; top += band) {
    const rows = Math.min(band, height - top);
    const made = new Uint8Array(rows * (stride + 1));
    for (let y = 0; y < rows; y++) {
      copyRow(data, (top + y) * width * 4, row, channels);
      filterRow(row, above, channels, tries);
      const { kind, bytes } = tries.reduce((least, one) => (one.cost < least.cost ? one : least));
      made[y * (stride + 1)] = kind;
      made.set(bytes, y * (stride + 1) + 1);
      [above, row] = [row, above];
    }
    yield made;
  }
}

function copyRow(data, from, row, channels) {
  if (channels === 4) {
    row.set(data.subarray(from, from + row.length));
    return;
  }
  for (let i = 0, at = from; i < row.length; i += 3, at += 4) {
    row[i] = data[at];
    row[i + 1] = data[at + 1];
    row[i + 2] = data[at + 2];
  }
}

/** All filters of a row in one pass, and the sum of what each leaves. */
function filterRow(row, above, channels, [left, up, paeth]) {
  let [costLeft, costUp, costPaeth] = [0, 0, 0];
  for (let i = 0; i < row.length; i++) {
    const a = i < channels ? 0 : row[i - channels];
    const c = i < channels ? 0 : above[i - channels];
    const b = above[i];
    const value = row[i];
    const x = (value - a) & 255;
    const y = (value - b) & 255;
    const z = (value - nearest(a, b, c)) & 255;
    left.bytes[i] = x;
    up.bytes[i] = y;
    paeth.bytes[i] = z;
    costLeft += x < 128 ? x : 256 - x;
    costUp += y < 128 ? y : 256 - y;
    costPaeth += z < 128 ? z : 256 - z;
  }
  [left.cost, up.cost, paeth.cost] = [costLeft, costUp, costPaeth];
}

/** Paeth's guess: of left, above and corner the one nearest to left + above - corner. */
function nearest(a, b, c) {
  const p = Math.abs(b - c);
  const q = Math.abs(a - c);
  const r = Math.abs(a + b - 2 * c);
  return p <= q && p <= r ? a : q <= r ? b : c;
}

function predicted(kind, left, above, corner) {
  if (kind === 0) return 0;
  if (kind === 1) return left;
  if (kind === 2) return above;
  if (kind === 3) return (left + above) >> 1;
  return nearest(left, above, corner);
}

/** Whether the bytes are a PNG file with transparency that `decodePng` reads: 8 bits (or a palette), not interlaced. */
export function readsExactly(bytes) {
  if (!SIGNATURE.every((byte, i) => bytes[i] === byte) || bytes.length < 33) return false;
  const [depth, type, interlaced] = [bytes[24], bytes[25], bytes[28]];
  const transparent = type === 4 || type === 6 || find(bytes, "tRNS") !== null;
  return transparent && interlaced === 0 && (depth === 8 || (type === 3 && depth < 8));
}

/** The picture {data, width, height} in such a file; its colours under alpha are the file's own. */
export async function decodePng(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [width, height, depth, type] = [view.getUint32(16), view.getUint32(20), bytes[24], bytes[25]];
  const channels = CHANNELS[type];
  const packed = [...chunks(bytes)].filter(({ name }) => name === "IDAT").map(({ body }) => body);
  const raw = await through(new DecompressionStream("deflate"), packed);
  const stride = Math.ceil((width * channels * depth) / 8);
  if (raw.length < height * (stride + 1)) throw new Error("the PNG file is cut short");
  const step = Math.max(1, (channels * depth) / 8);
  const spread = spreader(type, depth, find(bytes, "PLTE"), find(bytes, "tRNS"));
  const data = new Uint8ClampedArray(width * height * 4);
  let above = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const kind = raw[y * (stride + 1)];
    const row = raw.subarray(y * (stride + 1) + 1, (y + 1) * (stride + 1));
    for (let i = 0; i < stride; i++) {
      const left = i < step ? 0 : row[i - step];
      row[i] += predicted(kind, left, above[i], i < step ? 0 : above[i - step]);
    }
    for (let x = 0; x < width; x++) spread(row, x, data, (y * width + x) * 4);
    above = row;
  }
  return { data, width, height };
}

/** How a pixel of a colour type becomes four bytes. */
function spreader(type, depth, palette, clear) {
  if (type === 6) return (row, x, data, at) => data.set(row.subarray(x * 4, x * 4 + 4), at);
  if (type === 4) return (row, x, data, at) => data.fill(row[2 * x], at, at + 3).fill(row[2 * x + 1], at + 3, at + 4);
  if (type === 3) {
    return (row, x, data, at) => {
      const bits = x * depth;
      const i = (row[bits >> 3] >> (8 - depth - (bits & 7))) & ((1 << depth) - 1);
      data.set([palette[3 * i], palette[3 * i + 1], palette[3 * i + 2], i < clear.length ? clear[i] : 255], at);
    };
  }
  const width = type === 2 ? 3 : 1; // one colour is transparent; its bytes stand at odd places
  return (row, x, data, at) => {
    let hidden = true;
    for (let c = 0; c < 3; c++) {
      const value = row[x * width + (c % width)];
      data[at + c] = value;
      hidden &&= value === clear[2 * (c % width) + 1];
    }
    data[at + 3] = hidden ? 0 : 255;
  };
}

/** Names and bodies of a PNG file's chunks; a file cut short ends early. */
function* chunks(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    if (at + 12 + length > bytes.length) return;
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    yield { name, body: bytes.subarray(at + 8, at + 8 + length) };
    at += 12 + length;
  }
}

/** The body of the first chunk of a name, or null. */
export function find(bytes, name) {
  for (const chunk of chunks(bytes)) if (chunk.name === name) return chunk.body;
  return null;
}

/** Bytes that a compressing or decompressing stream makes of `parts`. */
export async function through(stream, parts) {
  const written = (async () => {
    const writer = stream.writable.getWriter();
    for (const part of parts) await writer.write(part);
    await writer.close();
  })();
  const made = [];
  const reader = stream.readable.getReader();
  for (let one = await reader.read(); !one.done; one = await reader.read()) made.push(one.value);
  await written;
  return joined(made);
}

const ascii = (text) => Uint8Array.from(text, (sign) => sign.charCodeAt(0));

function joined(parts) {
  const made = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    made.set(part, at);
    at += part.length;
  }
  return made;
}

function chunk(name, body) {
  const made = new Uint8Array(body.length + 12);
  const view = new DataView(made.buffer);
  view.setUint32(0, body.length);
  made.set(ascii(name), 4);
  made.set(body, 8);
  view.setUint32(body.length + 8, checksum(made.subarray(4, body.length + 8)));
  return made;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

function checksum(bytes) {
  let sum = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) sum = TABLE[(sum ^ bytes[i]) & 255] ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}
