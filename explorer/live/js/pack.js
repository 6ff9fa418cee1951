/**
 * Reads the bytes that `pack.py` makes: "LXP1", the header's length, the header as JSON, then the arrays.
 * @typedef {Uint8Array | Int32Array | Float32Array} NumberArray
 */

const KINDS = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array };

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
    arrays[name] = new KINDS[dtype](bytes.slice(start, start + length).buffer);
    start += length;
  }
  return { meta: header.meta, arrays };
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
