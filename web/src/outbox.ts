/**
 * What was recorded and is not stored yet. It lies in the browser's storage until the server says that it
 * has it, so neither a reload nor a cut line loses a word. Sending twice is harmless: the server replaces.
 */

import { signal } from "@preact/signals";
import type { Outcome } from "./api.ts";
import type { ProblemDocument } from "./types.ts";

/** `key`: what it says something about; a newer entry of a key replaces an older one. */
export interface Entry {
  key: string;
  path: string;
  body: Record<string, unknown>;
}

export interface Shelf {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export type Send = (path: string, body: unknown) => Promise<Outcome<unknown>>;

const LONGEST_WAIT_MS = 5_000;
/** Refusals that may pass: no sign-in now, a busy store, a fault of the server. */
const passes = (problem: ProblemDocument | null): boolean =>
  problem === null || problem.status >= 500 || problem.status === 401 || problem.status === 429 || problem.code === "csrf";

export class Outbox {
  /** What waits, oldest first. */
  readonly waiting = signal<readonly Entry[]>([]);
  private busy = false;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly shelf: Shelf,
    private readonly name: string,
    private readonly send: Send,
    private readonly refused: (entry: Entry, problem: ProblemDocument) => void,
  ) {
    this.waiting.value = read(shelf, name);
  }

  put(entry: Entry): void {
    this.keep([...this.waiting.value.filter((one) => one.key !== entry.key), entry]);
    void this.flush();
  }

  has(key: string): boolean {
    return this.waiting.value.some((one) => one.key === key);
  }

  /** Send what waits now; called when the line is back. */
  hurry(): void {
    clearTimeout(this.timer);
    this.failures = 0;
    void this.flush();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.failures = 0;
  }

  private async flush(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    clearTimeout(this.timer);
    try {
      for (let entry = this.waiting.value[0]; entry !== undefined; entry = this.waiting.value[0]) {
        if (!(await this.deliver(entry))) break;
      }
    } finally {
      this.busy = false;
    }
  }

  private async deliver(entry: Entry): Promise<boolean> {
    const outcome = await this.send(entry.path, entry.body);
    if (!outcome.ok && passes(outcome.problem)) {
      const wait = Math.min(LONGEST_WAIT_MS, 300 * 2 ** Math.min(this.failures++, 10));
      this.timer = setTimeout(() => void this.flush(), wait);
      return false;
    }
    this.failures = 0;
    // It may have been replaced by a newer one while it was on its way.
    this.keep(this.waiting.value.filter((one) => one !== entry));
    if (!outcome.ok && outcome.problem !== null) this.refused(entry, outcome.problem);
    return true;
  }

  private keep(entries: readonly Entry[]): void {
    this.waiting.value = entries;
    if (entries.length === 0) this.shelf.removeItem(this.name);
    else this.shelf.setItem(this.name, JSON.stringify(entries));
  }
}

function read(shelf: Shelf, name: string): readonly Entry[] {
  try {
    const kept: unknown = JSON.parse(shelf.getItem(name) ?? "[]");
    return Array.isArray(kept) ? (kept as Entry[]) : [];
  } catch {
    return [];
  }
}
