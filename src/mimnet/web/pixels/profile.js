// The colour profile inside a picture file: its pixels are kept as they are, so the profile must go along.

import { find, through } from "./png.js";

/** The ICC profile of a JPEG, PNG or WebP file, or null; profiles of anything but RGB fit no RGB picture. */
export async function colourProfile(bytes) {
  const profile = bytes[0] === 0xff ? ofJpeg(bytes) : bytes[0] === 0x89 ? await ofPng(bytes) : ofWebp(bytes);
  return profile !== null && word(profile, 16) === "RGB " ? profile : null;
}

const word = (bytes, at) => String.fromCharCode(...bytes.subarray(at, at + 4));

function ofJpeg(bytes) {
  const parts = [];
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; ) {
    const [kind, length] = [bytes[at + 1], bytes[at + 2] * 256 + bytes[at + 3]];
    if (kind === 0xda) break; // the picture itself begins
    const part = bytes.subarray(at + 18, at + 2 + length);
    if (kind === 0xe2 && word(bytes, at + 4) === "ICC_") parts[bytes[at + 16]] = part; // by its number
    at += 2 + length;
  }
  const found = parts.filter((part) => part !== undefined);
  if (found.length === 0) return null;
  const made = new Uint8Array(found.reduce((sum, part) => sum + part.length, 0));
  found.reduce((at, part) => (made.set(part, at), at + part.length), 0);
  return made;
}

async function ofPng(bytes) {
  const body = find(bytes, "iCCP");
  if (body === null) return null;
  return through(new DecompressionStream("deflate"), [body.subarray(body.indexOf(0) + 2)]);
}

function ofWebp(bytes) {
  if (word(bytes, 0) !== "RIFF" || word(bytes, 8) !== "WEBP") return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    if (word(bytes, at) === "ICCP") return bytes.subarray(at + 8, at + 8 + length);
    at += 8 + length + (length & 1);
  }
  return null;
}
