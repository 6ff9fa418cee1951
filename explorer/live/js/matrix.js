/** The one matrix product that every layer of a network comes down to. */

/**
 * Add a · bᵀ to `out`: out[m, n] += Σₖ a[m, k] · b[n, k].
 *
 * Four rows by four columns at a time: sixteen sums stay in registers, so that eight numbers that are read
 * serve sixteen multiplications.
 * @param {Float32Array} a (rows, depth), row by row.
 * @param {Float32Array} b (columns, depth), row by row.
 * @param {Float32Array} out (rows, columns), row by row.
 * @param {number} rows
 * @param {number} columns
 * @param {number} depth
 */
export function addProduct(a, b, out, rows, columns, depth) {
  let m = 0;
  for (; m + 4 <= rows; m += 4) fourRows(a, b, out, m, columns, depth);
  for (; m < rows; m++) oneRow(a, b, out, m, columns, depth);
}

function fourRows(a, b, out, m, columns, depth) {
  const a0 = m * depth, a1 = a0 + depth, a2 = a1 + depth, a3 = a2 + depth;
  const o0 = m * columns, o1 = o0 + columns, o2 = o1 + columns, o3 = o2 + columns;
  let n = 0;
  for (; n + 4 <= columns; n += 4) {
    const b0 = n * depth, b1 = b0 + depth, b2 = b1 + depth, b3 = b2 + depth;
    let s00 = 0, s01 = 0, s02 = 0, s03 = 0, s10 = 0, s11 = 0, s12 = 0, s13 = 0;
    let s20 = 0, s21 = 0, s22 = 0, s23 = 0, s30 = 0, s31 = 0, s32 = 0, s33 = 0;
    for (let k = 0; k < depth; k++) {
      const x0 = a[a0 + k], x1 = a[a1 + k], x2 = a[a2 + k], x3 = a[a3 + k];
      const w0 = b[b0 + k], w1 = b[b1 + k], w2 = b[b2 + k], w3 = b[b3 + k];
      s00 += x0 * w0; s01 += x0 * w1; s02 += x0 * w2; s03 += x0 * w3;
      s10 += x1 * w0; s11 += x1 * w1; s12 += x1 * w2; s13 += x1 * w3;
      s20 += x2 * w0; s21 += x2 * w1; s22 += x2 * w2; s23 += x2 * w3;
      s30 += x3 * w0; s31 += x3 * w1; s32 += x3 * w2; s33 += x3 * w3;
    }
    out[o0 + n] += s00; out[o0 + n + 1] += s01; out[o0 + n + 2] += s02; out[o0 + n + 3] += s03;
    out[o1 + n] += s10; out[o1 + n + 1] += s11; out[o1 + n + 2] += s12; out[o1 + n + 3] += s13;
    out[o2 + n] += s20; out[o2 + n + 1] += s21; out[o2 + n + 2] += s22; out[o2 + n + 3] += s23;
    out[o3 + n] += s30; out[o3 + n + 1] += s31; out[o3 + n + 2] += s32; out[o3 + n + 3] += s33;
  }
  for (; n < columns; n++) {
    for (let i = 0; i < 4; i++) out[o0 + i * columns + n] += dot(a, a0 + i * depth, b, n * depth, depth);
  }
}

function oneRow(a, b, out, m, columns, depth) {
  const a0 = m * depth, o = m * columns;
  let n = 0;
  for (; n + 4 <= columns; n += 4) {
    const b0 = n * depth, b1 = b0 + depth, b2 = b1 + depth, b3 = b2 + depth;
    let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (let k = 0; k < depth; k++) {
      const x = a[a0 + k];
      s0 += x * b[b0 + k]; s1 += x * b[b1 + k]; s2 += x * b[b2 + k]; s3 += x * b[b3 + k];
    }
    out[o + n] += s0; out[o + n + 1] += s1; out[o + n + 2] += s2; out[o + n + 3] += s3;
  }
  for (; n < columns; n++) out[o + n] += dot(a, a0, b, n * depth, depth);
}

function dot(a, startA, b, startB, length) {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += a[startA + k] * b[startB + k];
  return sum;
}
