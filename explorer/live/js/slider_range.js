/** What a slider runs over: values from low to high, shares from 0 to 1; and how values are written. */

const THUMB = 10; // CSS pixels from a thumb's middle to its rim: the ends of a track lie so far inside

export class Range {
  /** @param {number} low @param {number} high */
  constructor(low, high) {
    Object.assign(this, { low, high });
  }

  /** Take in a value from outside, as a link may bring it. @param {number} value @returns {boolean} Was it outside? */
  include(value) {
    if (value >= this.low && value <= this.high) return false;
    this.low = Math.min(this.low, value);
    this.high = Math.max(this.high, value);
    return true;
  }

  /** @param {number} value @returns {number} */
  clamp(value) {
    return Math.min(Math.max(value, this.low), this.high);
  }

  /** Some hundredths of the range farther. @param {number} value @param {number} hundredths @returns {number} */
  step(value, hundredths) {
    return hundredths ? this.clamp(value + (hundredths * (this.high - this.low)) / 100) : value;
  }

  /** Where a value lies on a track. @param {number} value @param {number} length CSS pixels. @returns {number} */
  place(value, length) {
    return THUMB + ((value - this.low) / (this.high - this.low)) * (length - 2 * THUMB);
  }

  /** The value at a place of a track. @param {number} place @param {number} length @returns {number} */
  valueAt(place, length) {
    const share = (place - THUMB) / Math.max(1, length - 2 * THUMB);
    return this.clamp(this.low + share * (this.high - this.low));
  }
}

/** How much to add to a press near the thumb, so that the thumb stays. @returns {number} */
export function gripOf(press, thumb) {
  return Math.abs(press - thumb) <= 1.5 * THUMB ? thumb - press : 0;
}

/** @param {number} value @returns {string} Two decimals, with a real minus. */
export function written(value) {
  return value.toFixed(2).replace("-0.00", "0.00").replace("-", "−");
}
