// A photograph as the worker keeps it: the file's own pixels, and two smaller ones to look at and to follow edges in.

import { onWhite, premultiplied, seesThrough, unmultiplied } from "../pixels/alpha.js";
import { reduce, resize } from "../pixels/lanczos.js";
import { decodePng, readsExactly } from "../pixels/png.js";
import { colourProfile } from "../pixels/profile.js";

const MOST = 100_000_000; // pixels, as in Python
const VIEW = 1280; // longest side of what is shown
const GUIDE = 768; // longest side at which the change is made to follow edges, as in Python
const BAND = 1 << 20; // pixels taken off a canvas at once: phones have small canvases

/**
 * {picture, alpha, profile, view, guide, square(size)} of a file. Pixels are turned as EXIF says and not converted
 * between colour spaces. Throws an Error of one plain line.
 */
export async function openPhoto(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const picture = readsExactly(bytes) ? await decodePng(bytes) : await decode(blob);
  const alpha = seesThrough(picture);
  const profile = await colourProfile(bytes).catch(() => null); // a damaged profile is none
  const flat = alpha ? onWhite(picture) : picture;
  return {
    picture,
    alpha,
    profile,
    view: shown(picture),
    guide: guide(picture, alpha),
    square: (size) => resize(flat, size, size),
  };
}

async function decode(blob) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  } catch {
    throw new Error("This file is not a picture that your browser can read; try a JPEG, PNG or WebP file.");
  }
  const { width, height } = bitmap;
  if (width * height > MOST) {
    throw new Error(`This picture has ${width} × ${height} pixels; the limit is 100 million. Make it smaller first.`);
  }
  try {
    const data = new Uint8ClampedArray(width * height * 4);
    const rows = Math.max(1, Math.floor(BAND / width));
    const canvas = new OffscreenCanvas(width, Math.min(rows, height));
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.globalCompositeOperation = "copy";
    for (let top = 0; top < height; top += rows) {
      const high = Math.min(rows, height - top);
      pen.drawImage(bitmap, 0, -top);
      data.set(pen.getImageData(0, 0, width, high).data, top * width * 4);
    }
    return { data, width, height };
  } catch {
    throw new Error("There is not enough memory for this picture here; make it smaller first.");
  } finally {
    bitmap.close();
  }
}

/** Whole blocks averaged, so that what is shown is never longer than VIEW. */
function shown(picture) {
  const factor = Math.ceil(Math.max(picture.width, picture.height) / VIEW);
  return factor === 1 ? picture : unmultiplied(reduce(premultiplied(picture), factor, factor));
}

function guide(picture, alpha) {
  const longest = Math.max(picture.width, picture.height);
  const small = longest > GUIDE ? smaller(picture, longest, alpha) : picture;
  return alpha ? onWhite(small) : small;
}

function smaller(picture, longest, alpha) {
  const side = (length) => Math.max(1, Math.floor((length * GUIDE) / longest));
  const [width, height] = [side(picture.width), side(picture.height)];
  return alpha ? unmultiplied(resize(premultiplied(picture), width, height)) : resize(picture, width, height);
}
