/**
 * Reads the bytes that `pack.py` makes: "LXP1", the header's length, the header as JSON, then the arrays.
 * @typedef {Uint8Array | Int8Array | Int32Array | Float32Array} NumberArray
 */

const KINDS = {
  uint8: Uint8Array, int8: Int8Array, int32: Int32Array, float32: Float32Array, float16: Uint16Array,
};

/**
 * @param {Uint8Array} bytes
 * @returns {{meta: object, arrays: Record<string, NumberArray>}} Arrays are copies, free of the message.
 * @throws {Error} One sentence for the reader of the page.
 */
export function unpack(bytes) {
  const readable = bytes instanceof Uint8Array && bytes.length >= 8;
  if (!readable || String.fromCharCode(...bytes.subarray(0, 4)) !== "LXP1") {
    throw new Error("The data for this picture cannot be read. Reload the page.");
  }
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  let start = 8 + headerLength;
  const header = parse(bytes.subarray(8, start));
  const arrays = {};
  for (const { name, dtype, bytes: length } of header.arrays) {
    if (start + length > bytes.length) {
      throw new Error("The data for this picture arrived incomplete. Reload the page.");
    }
    const array = new KINDS[dtype](bytes.slice(start, start + length).buffer);
    arrays[name] = dtype === "float16" ? fromHalves(array) : array;
    start += length;
  }
  return { meta: header.meta, arrays };
}

/** @param {Uint16Array} halves Bits of IEEE 754 half precision. @returns {Float32Array} The same numbers. */
function fromHalves(halves) {
  const floats = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) {
    const [sign, exponent, fraction] = [halves[i] >> 15 ? -1 : 1, (halves[i] >> 10) & 31, halves[i] & 1023];
    if (exponent === 0) floats[i] = sign * fraction * 2 ** -24;
    else if (exponent === 31) floats[i] = fraction ? NaN : sign * Infinity;
    else floats[i] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return floats;
}

/** @param {Uint8Array} text @returns {{meta: object, arrays: object[]}} */
function parse(text) {
  try {
    return JSON.parse(new TextDecoder().decode(text));
  } catch {
    throw new Error("The data for this picture has a damaged header. Reload the page.");
  }
}

/**
 * @param {Uint8Array} bytes
 * @returns {string} The bytes in base64, as JSON can carry them.
 */
export function toBase64(bytes) {
  let text = "";
  for (let start = 0; start < bytes.length; start += 8192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return btoa(text);
}
