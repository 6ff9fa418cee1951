/** The cursor that a component shows: Python says its name, and may say another one later. */
import { cursorNamed } from "./cursor.js";
import { forgetFrame } from "./frame.js";

export class Following {
  /**
   * @param {...(() => void) | [() => void, (by: any) => boolean]} shows What runs with each frame in which the
   *   cursor has changed; with a second function as in `Cursor.follow`.
   */
  constructor(...shows) {
    this.shows = shows.map((each) => (Array.isArray(each) ? each : [each]));
    this.name = null;
    this.stops = [];
  }

  /**
   * Follow the cursor of that name, and no other one any more.
   * @param {string} name
   * @returns {import("./cursor.js").Cursor}
   */
  to(name) {
    const cursor = cursorNamed(name);
    if (name !== this.name) {
      this.stop();
      this.name = name;
      this.stops = this.shows.map(([show, urgent]) => cursor.follow(show, urgent));
    }
    return cursor;
  }

  stop() {
    for (const stop of this.stops) stop();
    for (const [show] of this.shows) forgetFrame(show);
    [this.name, this.stops] = [null, []];
  }
}
