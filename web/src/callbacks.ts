/** Times that are offered for a callback. The office's time zone is India's, wherever the computer believes to be. */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const STEP_MS = 300_000;
const OFFSET_MS = 5.5 * HOUR_MS;

/** UTC epoch seconds: in an hour, in three, this evening if it is to come, tomorrow at 11 and at 17; none at night. */
export function offered(now: number): number[] {
  const rounded = (ms: number): number => Math.ceil(ms / STEP_MS) * STEP_MS;
  const midnight = Math.floor((now + OFFSET_MS) / DAY_MS) * DAY_MS - OFFSET_MS;
  const evening = midnight + 18 * HOUR_MS;
  const today = evening > now + 4 * HOUR_MS ? [evening] : [];
  const tomorrow = [11, 17].map((hour) => midnight + DAY_MS + hour * HOUR_MS);
  const soon = [rounded(now + HOUR_MS), rounded(now + 3 * HOUR_MS)].filter((ms) => ms <= midnight + 20.5 * HOUR_MS);
  return [...soon, ...today, ...tomorrow].map((ms) => ms / 1000);
}

const SOON_S = 600;

/** How near an agreed time is, both in UTC epoch seconds; at `due` the person is called before all others. */
export function nearness(dueAt: number, now: number): "later" | "soon" | "due" {
  if (now >= dueAt) return "due";
  return dueAt - now <= SOON_S ? "soon" : "later";
}

/** What a `datetime-local` field says, as UTC epoch seconds. */
export function officeTime(field: string): number {
  return Date.parse(`${field}:00+05:30`) / 1000;
}
