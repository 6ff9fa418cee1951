/** Numbers as pages write them. */

/**
 * Significant digits as `widgets.number` in Python writes them: 12.0, 0.0123, 1,230; never in powers of ten.
 * @param {number} value
 * @param {number} digits
 * @returns {string}
 */
export function significant(value, digits = 3) {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : String(value);
  const places = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(value))));
  const text = value.toFixed(Math.min(100, places));
  const [whole, part] = text.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return part === undefined ? grouped : `${grouped}.${part}`;
}

/**
 * Put values into a sentence: `fill("{far} away", { far: "12" })`.
 * @param {string} sentence
 * @param {Record<string, string>} values
 * @returns {string}
 */
export function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
