import { randomBytes } from "node:crypto";

/** Crockford's base 32, in small letters: sorts as the number does. */
const DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";
const TIME_DIGITS = 10;
const RANDOM_DIGITS = 16;

/** What an id of a job is: 48 bits of milliseconds, then 80 random bits (as a ULID, in small letters). */
export const JOB_ID = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/**
 * An id that sorts after `last` whatever the clock does, and that nobody can guess.
 * @param now milliseconds since 1970
 * @param last the largest id so far
 */
export function newJobId(now: number, last: string | null): string {
  const after = last === null ? 0 : timeOf(last) + 1;
  let time = Math.max(Math.floor(now), after);
  let digits = "";
  for (let at = 0; at < TIME_DIGITS; at++) {
    digits = DIGITS[time % 32]! + digits;
    time = Math.floor(time / 32);
  }
  const random = randomBytes(RANDOM_DIGITS);
  return digits + Array.from(random, (byte) => DIGITS[byte % 32]).join("");
}

function timeOf(id: string): number {
  return [...id.slice(0, TIME_DIGITS)].reduce((time, digit) => time * 32 + DIGITS.indexOf(digit), 0);
}
