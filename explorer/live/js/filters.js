/**
 * The two classical filters of the Denoising page, as SciPy and scikit-image compute them with the settings
 * that were tuned in Python. Images are one plane, (height, width), in [0, 1].
 */

const CUTOFF = 5; // weights below exp(-5) count as none, as in scikit-image

/** Schraudolph's exponential (1999, Neural Computation 11) writes into the upper half of a double. */
const DOUBLE = new Float64Array(1);
const BITS = new Int32Array(DOUBLE.buffer);

/**
 * Median of the window around each pixel; the border pixel is repeated when mirrored (d c b a | a b c d).
 * @param {Float32Array} x
 * @param {[number, number]} shape Height and width.
 * @param {{size: number, gain?: number, offset?: number}} settings
 * @returns {Float32Array}
 */
export function median(x, [height, width], { size, ...ends }) {
  const reach = (size - 1) / 2;
  const window = new Float32Array(size * size);
  const fold = (i, n) => (i < 0 ? -1 - i : i >= n ? 2 * n - 1 - i : i);
  const found = new Float32Array(x.length);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let count = 0;
      for (let i = row - reach; i <= row + reach; i++) {
        for (let j = column - reach; j <= column + reach; j++) {
          window[count++] = x[fold(i, height) * width + fold(j, width)];
        }
      }
      found[row * width + column] = window.sort()[(count - 1) / 2];
    }
  }
  return finished(found, ends);
}

/**
 * Non-local means (Buades et al. 2005, eq. 1) as scikit-image's fast mode has it: the patches are `patch_size - 1`
 * pixels wide, and the exponential is a fast one.
 * @param {Float32Array} x
 * @param {[number, number]} shape Height and width.
 * @param {{h: number, sigma: number, patch_size: number, patch_distance: number, gain?: number, offset?: number}} settings
 * @returns {Float32Array}
 */
export function nonLocalMeans(x, [height, width], { h, sigma, patch_size: size, patch_distance: far, ...ends }) {
  const reach = (size - 1) / 2;
  const pad = reach + far;
  const across = width + 2 * pad;
  const padded = mirrored(x, height, width, pad);
  const sums = new Float64Array(x.length);
  const weights = new Float64Array(x.length);
  const [apart, columns] = [new Float64Array(x.length), new Float64Array(width + 2 * reach)];
  const scale = 1 / (h * h * size * size);
  const expected = 2 * sigma * sigma; // of the squared difference of two noisy pixels
  for (let down = -far; down <= far; down++) {
    for (let right = -far; right <= far; right++) {
      const shift = down * across + right;
      patchDistances(padded, shift, height, width, reach, pad, expected, apart, columns);
      for (let row = 0, i = 0; row < height; row++) {
        let other = (row + pad) * across + pad + shift;
        for (let column = 0; column < width; column++, i++, other++) {
          const distance = apart[i] > 0 ? apart[i] * scale : 0;
          if (distance > CUTOFF) continue;
          BITS[1] = Math.trunc(-1512775.3951951856938 * distance) + 1072632447; // a fast exp(-distance)
          const weight = DOUBLE[0];
          weights[i] += weight;
          sums[i] += weight * padded[other];
        }
      }
    }
  }
  return finished(Float32Array.from(sums, (sum, i) => sum / weights[i]), ends);
}

/**
 * Squared differences between the patch around each pixel and the one `shift` further, written into `found`:
 * sums down the columns, then along the rows, both running.
 */
function patchDistances(padded, shift, height, width, reach, pad, expected, found, columns) {
  const [across, wide] = [width + 2 * pad, 2 * reach];
  const lines = width + wide - 1;
  columns.fill(0);
  const start = (pad - reach + 1) * (across + 1);
  for (let row = 1 - wide; row < height; row++) {
    const added = start + (row + wide - 1) * across;
    for (let j = 0; j < lines; j++) {
      const gap = padded[added + j] - padded[added + j + shift];
      columns[j] += gap * gap - expected;
    }
    if (row < 0) continue;
    let sum = 0;
    for (let j = 0; j < wide - 1; j++) sum += columns[j];
    for (let column = 0, i = row * width; column < width; column++, i++) {
      sum += columns[column + wide - 1];
      found[i] = sum;
      sum -= columns[column];
    }
    const left = start + row * across;
    for (let j = 0; j < lines; j++) {
      const gap = padded[left + j] - padded[left + j + shift];
      columns[j] -= gap * gap - expected;
    }
  }
}

/** Mirrored at the middle of the border pixel: d c b | a b c d. */
function mirrored(x, height, width, pad) {
  const fold = (i, n) => {
    const place = Math.abs(i) % (2 * n - 2);
    return place < n ? place : 2 * n - 2 - place;
  };
  const across = width + 2 * pad;
  const padded = new Float64Array((height + 2 * pad) * across);
  for (let i = 0; i < padded.length; i++) {
    const [row, column] = [Math.floor(i / across) - pad, (i % across) - pad];
    padded[i] = x[fold(row, height) * width + fold(column, width)];
  }
  return padded;
}

/** gain * x + offset in [0, 1]: clipped noise on a black ground has a mean, which the settings take away. */
function finished(x, { gain = 1, offset = 0 }) {
  return x.map((value) => Math.min(1, Math.max(0, gain * value + offset)));
}
