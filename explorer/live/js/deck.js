/**
 * Flash cards with spaced repetition (FSRS 6): which card is next, and when each comes back. No DOM.
 * What is kept of a card is what ts-fsrs makes of it, as JSON, by its slug.
 */
import { Rating, State, createEmptyCard, fsrs } from "./vendor/ts_fsrs.js";

export const GRADES = [Rating.Again, Rating.Hard, Rating.Good, Rating.Easy];
const DAY = 86_400_000;
const LONGEST = 365; // days without an interview in sight
const SOON = 20 * 60_000; // a card that is due within this time may be shown now if nothing else is

export class Deck {
  /**
   * @param {string[]} slugs All cards, in the order in which new ones are met.
   * @param {{cards?: object, interview?: string, perDay?: number, met?: object}} kept What `kept` gave earlier.
   */
  constructor(slugs, kept = {}) {
    this.slugs = slugs;
    this.cards = { ...kept.cards };
    this.interview = kept.interview ?? ""; // a date, "2026-12-24", or ""
    this.perDay = kept.perDay ?? 10;
    this.met = { ...kept.met }; // how many new cards by day
  }

  /** What is stored. */
  kept() {
    const { cards, interview, perDay, met } = this;
    return { cards, interview, perDay, met };
  }

  /** Days until the interview: no card waits longer. @param {Date} now */
  limit(now) {
    const until = Math.ceil((Date.parse(`${this.interview}T00:00:00`) - now) / DAY);
    return Number.isFinite(until) && until > 0 ? Math.min(until, LONGEST) : LONGEST;
  }

  /** ts-fsrs keeps the grades' intervals apart, beyond its own maximum if need be. */
  capped(due, now) {
    return new Date(Math.min(due.getTime(), now.getTime() + this.limit(now) * DAY));
  }

  scheduler(now) {
    return fsrs({ maximum_interval: this.limit(now), enable_fuzz: false });
  }

  card(slug, now) {
    const kept = this.cards[slug];
    if (!kept) return createEmptyCard(now);
    return { ...kept, due: new Date(kept.due), last_review: kept.last_review && new Date(kept.last_review) };
  }

  /** Where the card comes back after each grade, as dates. @param {string} slug @param {Date} now */
  choices(slug, now) {
    const after = this.scheduler(now).repeat(this.card(slug, now), now);
    return GRADES.map((grade) => this.capped(after[grade].card.due, now));
  }

  /** @param {string} slug @param {number} grade 1 again, 2 hard, 3 good, 4 easy. @param {Date} now */
  rate(slug, grade, now) {
    const fresh = !this.cards[slug];
    const { card } = this.scheduler(now).next(this.card(slug, now), now, grade);
    card.due = this.capped(card.due, now);
    this.cards[slug] = JSON.parse(JSON.stringify(card));
    if (fresh) this.met = { [day(now)]: (this.met[day(now)] ?? 0) + 1 };
  }

  /** Slugs that were met and are due by a time, the longest overdue first. */
  due(now) {
    const known = this.slugs.filter((slug) => this.cards[slug]);
    const when = (slug) => Date.parse(this.cards[slug].due);
    return known.filter((slug) => when(slug) <= now.getTime()).sort((a, b) => when(a) - when(b));
  }

  /** New cards that today still has room for. */
  fresh(now) {
    const room = Math.max(0, this.perDay - (this.met[day(now)] ?? 0));
    return this.slugs.filter((slug) => !this.cards[slug]).slice(0, room);
  }

  /** The card to show now, or null: what is due, else a new one, else one that is being learned and due soon. */
  next(now) {
    const [first] = [...this.due(now), ...this.fresh(now)];
    if (first) return first;
    const soon = this.due(new Date(now.getTime() + SOON));
    return soon.find((slug) => this.cards[slug].state !== State.Review) ?? null;
  }

  /** When the next card comes back, or null if none was met. */
  comesBack() {
    const times = this.slugs.filter((slug) => this.cards[slug]).map((slug) => Date.parse(this.cards[slug].due));
    return times.length ? new Date(Math.min(...times)) : null;
  }

  counts(now) {
    const met = this.slugs.filter((slug) => this.cards[slug]).length;
    return { due: this.due(now).length, fresh: this.fresh(now).length, met, all: this.slugs.length };
  }
}

/** @param {Date} now */
function day(now) {
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

/**
 * What was exported, checked: throws a sentence if it is none of ours.
 * @param {string} text
 */
export function imported(text) {
  let kept;
  try {
    kept = JSON.parse(text);
  } catch {
    throw new Error("This file is not JSON: choose one that this page exported.");
  }
  const dated = (card) => card && Number.isFinite(Date.parse(card.due)) && Number.isFinite(card.stability);
  if (!kept?.cards || typeof kept.cards !== "object" || !Object.values(kept.cards).every(dated)) {
    throw new Error("This file holds no cards: choose one that this page exported.");
  }
  return kept;
}
