/** The check of the telephone before the first person of a sign-in. The server judges and remembers. */

import { effect, signal } from "@preact/signals";
import { ask } from "./api.ts";
import { _ } from "./i18n.ts";
import { Ear, type Measured } from "./phone/ear.ts";
import { kind, phone } from "./phone/telephone.ts";
import { desk, notice, seat } from "./store.ts";

/** `asking`: not known yet; `needed`: nobody is put through before a check; `fine`: checked, or not required. */
export type Standing = "asking" | "needed" | "fine";

export interface Result {
  passed: boolean;
  faults: string[];
  weaknesses: string[];
}

const UNMEASURED: Measured = {
  microphone_db: null,
  returned_db: null,
  jitter_ms: null,
  lost_share: null,
  round_trip_ms: null,
};

export const standing = signal<Standing>("asking");
/** While the operator listens to their own voice; `ear` is null with a telephone on the table. */
export const listening = signal<{ ear: Ear | null } | null>(null);
export const result = signal<Result | null>(null);

async function learn(): Promise<void> {
  const told = await ask<{ may_be_ready: boolean }>("GET", "/api/v1/desk/seat-check");
  // Not told: the server refuses to be ready if it must be, and says so.
  standing.value = told.ok && !told.value.may_be_ready ? "needed" : "fine";
}

let asking = false;

/** Speak and listen from now on. A second press while the first is under way means the same. */
export async function begin(): Promise<void> {
  if (asking) return;
  asking = true;
  const told = await ask("POST", "/api/v1/desk/seat-check/begin");
  asking = false;
  if (!told.ok) {
    notice.value = { text: told.problem?.title ?? _("Not heard: the line is cut. Try again."), isFault: true };
    return;
  }
  notice.value = null;
  result.value = null;
  const own = kind.value === "browser" ? phone.value : null;
  own?.mute(false);
  listening.value = { ear: own === null ? null : new Ear(own) };
}

/** What the operator says of it. */
export async function finish(heardSelf: boolean): Promise<void> {
  const trial = listening.value;
  if (trial === null) return;
  listening.value = null;
  const measured = (await trial.ear?.close()) ?? UNMEASURED;
  const body = { phone: trial.ear === null ? "table" : "browser", heard_self: heardSelf, ...measured };
  const told = await ask<Result>("POST", "/api/v1/desk/seat-check", body);
  if (!told.ok) {
    notice.value = { text: told.problem?.title ?? _("Not heard: the line is cut. Try again."), isFault: true };
    return;
  }
  result.value = told.value;
  standing.value = told.value.passed ? "fine" : "needed";
}

/** Learn where this sign-in stands; a check ends when the seat is no longer there to be checked. */
export function followTrials(): void {
  let who = "";
  effect(() => {
    const me = desk.value.me;
    const now = me?.seat == null ? "" : `${me.signed_in_at} ${me.operator_id}`;
    if (now === who) return;
    who = now;
    result.value = null;
    standing.value = "asking";
    if (now !== "") void learn();
  });
  effect(() => {
    if (seat.value?.state === "paused" || listening.peek() === null) return;
    void listening.peek()?.ear?.close();
    listening.value = null;
  });
}
