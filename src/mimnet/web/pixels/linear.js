// Planes of numbers brought to the size of another stage, as the networks do it (nn/layers.resize).

/** Planes {data, width, height}, `count` of them: bilinear where they grow, averages over area where they shrink. */
export function resizePlanes(planes, count, width, height) {
  const { data, width: w, height: h } = planes;
  if (w === width && h === height) return planes;
  const weigh = height < h ? areas : lines;
  const columns = weigh(w, width);
  const rows = weigh(h, height);
  const made = new Float32Array(count * width * height);
  for (let p = 0; p < count; p++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let sum = 0;
        for (const [v, down] of rows[y]) {
          for (const [u, across] of columns[x]) sum += down * across * data[(p * h + v) * w + u];
        }
        made[(p * height + y) * width + x] = sum;
      }
    }
  }
  return { data: made, width, height };
}

function areas(inputs, outputs) {
  return Array.from({ length: outputs }, (_, i) => {
    const first = Math.floor((i * inputs) / outputs);
    const last = Math.ceil(((i + 1) * inputs) / outputs);
    return Array.from({ length: last - first }, (_, k) => [first + k, 1 / (last - first)]);
  });
}

function lines(inputs, outputs) {
  return Array.from({ length: outputs }, (_, i) => {
    const place = Math.max(0, ((i + 0.5) * inputs) / outputs - 0.5);
    const first = Math.min(inputs - 1, Math.floor(place));
    const share = place - first;
    return [
      [first, 1 - share],
      [Math.min(inputs - 1, first + 1), share],
    ];
  });
}
