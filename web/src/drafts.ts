/** Notes and results of the last calls, kept in the browser's storage until the server has them. */

import { signal } from "@preact/signals";
import type { Shelf } from "./outbox.ts";

export interface Draft {
  name: string;
  notes: string;
  /** Code of the result; empty while none was chosen. */
  code: string;
  optedOut: boolean;
  /** When the person asked to be called, UTC epoch seconds; 0: they did not. */
  callbackAt: number;
  /** Local clock, ms: when the call was first seen. */
  at: number;
  /** Numbers and dates of the survey that are typed and not saved yet, by question. */
  half: Readonly<Record<string, string>>;
  /** Something was typed that is not on its way yet. */
  typed: boolean;
}

/** The server takes a record of a call for an hour. */
export const KEPT_MS = 3_600_000;
const BLANK: Draft = { name: "", notes: "", code: "", optedOut: false, callbackAt: 0, at: 0, half: {}, typed: false };

export class Drafts {
  readonly all = signal<Readonly<Record<string, Draft>>>({});
  private readonly adopted = new Set<string>();

  constructor(
    private readonly shelf: Shelf,
    private readonly name: string,
    private readonly now: () => number = Date.now,
  ) {
    this.all.value = this.young(read(shelf, name));
  }

  of(attempt: string): Draft {
    return this.all.value[attempt] ?? BLANK;
  }

  begin(attempt: string, name: string): void {
    if (!(attempt in this.all.value)) this.change(attempt, { name, at: this.now() });
  }

  /** What the server has of one's own words, once for each call: they may be newer, from another computer. */
  adopt(attempt: string, stored: Partial<Draft>): void {
    if (this.adopted.has(attempt)) return;
    this.adopted.add(attempt);
    this.change(attempt, stored);
  }

  /** Another computer had this desk for a while. */
  lookAgain(): void {
    this.adopted.clear();
  }

  change(attempt: string, change: Partial<Draft>): void {
    this.keep({ ...this.all.value, [attempt]: { ...BLANK, ...this.of(attempt), ...change } });
  }

  /** Calls whose result nobody chose, oldest first; `except` is the one that is still shown. */
  unfinished(except: string | null): [string, Draft][] {
    const open = Object.entries(this.young(this.all.value)).filter(([id, one]) => one.code === "" && id !== except);
    return open.sort((one, other) => one[1].at - other[1].at);
  }

  forget(): void {
    this.keep({});
  }

  private young(drafts: Readonly<Record<string, Draft>>): Record<string, Draft> {
    return Object.fromEntries(Object.entries(drafts).filter(([, one]) => this.now() - one.at < KEPT_MS));
  }

  private keep(drafts: Readonly<Record<string, Draft>>): void {
    this.all.value = this.young(drafts);
    if (Object.keys(this.all.value).length === 0) this.shelf.removeItem(this.name);
    else this.shelf.setItem(this.name, JSON.stringify(this.all.value));
  }
}

function read(shelf: Shelf, name: string): Record<string, Draft> {
  try {
    const kept: unknown = JSON.parse(shelf.getItem(name) ?? "{}");
    return typeof kept === "object" && kept !== null ? (kept as Record<string, Draft>) : {};
  } catch {
    return {};
  }
}
