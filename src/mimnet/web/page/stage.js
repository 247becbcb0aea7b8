// The picture on the page: before and after with a divider, and the map with its brush.

import { marked, NEUTRAL } from "../pixels/blend.js";
import { at, say } from "./at.js";
import { Stroke } from "./brush.js";

const STEP = 0.02; // of the picture's longest side: what an arrow key moves the brush by
const SHADE = [12, 13, 15]; // over what the map leaves alone
const OPAQUE = 0.75;

export class Stage {
  /** `painted` is called with new marks after every stroke. */
  constructor(painted) {
    this.painted = painted;
    this.view = null;
    this.mask = null; // the map before marks
    this.marks = null;
    this.stroke = null;
    this.cursor = { x: 0, y: 0 }; // the brush's place, in pixels of the view
    at("divider").addEventListener("input", () => this.divide());
    for (const radio of document.getElementsByName("view")) radio.addEventListener("change", () => this.turn());
    for (const id of ["size", "feather"]) at(id).addEventListener("input", () => this.tellBrush());
    at("clear").addEventListener("click", () => this.painted(null));
    this.listen(at("map"));
    this.divide();
  }

  /** A picture {data, width, height}, not yet edited. */
  show(view) {
    this.view = view;
    for (const id of ["before", "after", "map"]) Object.assign(at(id), { width: view.width, height: view.height });
    at("frame").style.setProperty("--shape", String(view.width / view.height));
    at("before").getContext("2d").putImageData(image(view.data, view), 0, 0);
    this.cursor = { x: view.width / 2, y: view.height / 2 };
    this.update(view.data, null, null);
  }

  /** The edited pixels, the map before marks (or null where nothing is edited), and marks (or null). */
  update(data, mask, marks) {
    at("after").getContext("2d").putImageData(image(data, this.view), 0, 0);
    this.mask = mask;
    at("clear").disabled = marks === null;
    if (this.stroke !== null) return; // the next stroke has begun already
    this.marks = marks;
    this.shade({ left: 0, top: 0, right: this.view.width, bottom: this.view.height });
  }

  /** The canvas that shows the result, to draw small pictures from. */
  get result() {
    return at("after");
  }

  divide() {
    const { value } = at("divider");
    at("frame").style.setProperty("--cut", `${value}%`);
    at("divider").setAttribute("aria-valuetext", `${value}% before, ${100 - value}% after`);
    at("tag-before").hidden = value < 12 || this.painting;
    at("tag-after").hidden = value > 88 || this.painting;
  }

  get painting() {
    return document.querySelector('input[name="view"]:checked').value === "map";
  }

  turn() {
    for (const id of ["map", "painting"]) at(id).hidden = !this.painting;
    for (const id of ["divider", "line"]) at(id).hidden = this.painting;
    at("map").tabIndex = this.painting ? 0 : -1;
    at("frame").classList.toggle("painting", this.painting);
    at("brush").hidden = true;
    this.divide();
  }

  /* ---- the map ---- */

  shade({ left, top, right, bottom }) {
    if (right <= left || bottom <= top) return;
    const { width } = this.view;
    const part = new ImageData(right - left, bottom - top);
    const marks = this.stroke?.marks ?? this.marks;
    for (let y = top, k = 0; y < bottom; y++) {
      for (let x = left; x < right; x++, k += 4) {
        const i = y * width + x;
        const value = this.mask === null ? 255 : marked(this.mask[i], marks === null ? NEUTRAL : marks[i]);
        part.data.set(SHADE, k);
        part.data[k + 3] = OPAQUE * (255 - value);
      }
    }
    at("map").getContext("2d").putImageData(part, left, top);
  }

  get radius() {
    return Math.max(1, (at("size").value / 200) * Math.max(this.view.width, this.view.height));
  }

  begin() {
    const add = document.querySelector('input[name="brush"]:checked').value === "add";
    const brush = { add, radius: this.radius, feather: at("feather").value / 100 };
    this.stroke = new Stroke(this.marks, this.view.width, this.view.height, brush);
  }

  draw() {
    this.shade(this.stroke.to(this.cursor.x, this.cursor.y));
  }

  end() {
    const { marks } = this.stroke;
    this.stroke = null;
    this.marks = marks;
    this.painted(marks);
  }

  tellBrush() {
    at("size").setAttribute("aria-valuetext", `${at("size").value}% of the picture`);
    at("feather").setAttribute("aria-valuetext", `${at("feather").value}%`);
    if (!at("brush").hidden) this.point();
  }

  /** Show the brush where it is. */
  point() {
    const { width, height } = this.view;
    const across = at("map").clientWidth / width;
    const size = `${2 * this.radius * across}px`;
    const place = { left: `${(this.cursor.x / width) * 100}%`, top: `${(this.cursor.y / height) * 100}%` };
    Object.assign(at("brush").style, { width: size, height: size, ...place });
    at("brush").hidden = false;
  }

  listen(canvas) {
    const follow = (event) => {
      const box = canvas.getBoundingClientRect();
      this.cursor = {
        x: ((event.clientX - box.left) / box.width) * this.view.width,
        y: ((event.clientY - box.top) / box.height) * this.view.height,
      };
      this.point();
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || this.mask === null) return;
      canvas.setPointerCapture(event.pointerId);
      follow(event);
      this.begin();
      this.draw();
    });
    canvas.addEventListener("pointermove", (event) => {
      follow(event);
      if (this.stroke !== null) this.draw();
    });
    for (const kind of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(kind, () => this.stroke !== null && this.end());
    }
    canvas.addEventListener("pointerleave", () => (at("brush").hidden = true));
    canvas.addEventListener("blur", () => (at("brush").hidden = true));
    canvas.addEventListener("focus", () => canvas.matches(":focus-visible") && this.point());
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const { width, height } = this.view;
    if (event.key in ways) {
      const step = STEP * Math.max(width, height) * (event.shiftKey ? 5 : 1);
      const [x, y] = ways[event.key];
      this.cursor.x = Math.min(width, Math.max(0, this.cursor.x + x * step));
      this.cursor.y = Math.min(height, Math.max(0, this.cursor.y + y * step));
      this.point();
      const [across, down] = [this.cursor.x / width, this.cursor.y / height].map((share) => Math.round(share * 100));
      say(`Brush at ${across}% across, ${down}% down`);
    } else if (event.key === " " && this.mask !== null) {
      this.begin();
      this.draw();
      this.end();
    } else {
      return;
    }
    event.preventDefault();
  }
}

const image = (data, { width, height }) => new ImageData(new Uint8ClampedArray(data), width, height);
