/** Signing in and out, and what lives as long as a sign-in: the link, the outbox, the drafts. */

import { batch, effect } from "@preact/signals";
import { ask, useToken, type Outcome } from "./api.ts";
import { drafts, outbox } from "./call.ts";
import { Drafts } from "./drafts.ts";
import { _ } from "./i18n.ts";
import { Link, waitMs } from "./link.ts";
import { Outbox } from "./outbox.ts";
import { desk, happen, notice } from "./store.ts";
import type { Me, Words } from "./types.ts";

export interface SignIn {
  username: string;
  password: string;
  /** The second factor of those who have one: six digits of the app, or a recovery code. */
  code: string | null;
  seat: number | null;
  take_over: boolean;
}

const SEAT_KEPT_AS = "sampark.seat";
let link: Link | null = null;

/** The seat that was last used on this machine. */
export function keptSeat(): string {
  return localStorage.getItem(SEAT_KEPT_AS) ?? "";
}

export async function signIn(given: SignIn): Promise<Outcome<Me>> {
  const outcome = await ask<Me>("POST", "/api/v1/session", given);
  if (!outcome.ok && outcome.problem?.code === "not_allowed" && given.seat !== null) {
    // The machine's seat was filled in, but this person has work without one.
    return signIn({ ...given, seat: null });
  }
  if (outcome.ok) {
    if (outcome.value.seat !== null) localStorage.setItem(SEAT_KEPT_AS, String(outcome.value.seat));
    await enter(outcome.value);
  }
  return outcome;
}

/** Take up the sign-in behind the cookie, if there is one; a server that does not answer is asked again. */
export async function resume(): Promise<void> {
  const me = await persist<Me>("/api/v1/me");
  if (me.ok) await enter(me.value);
}

async function persist<T>(path: string): Promise<Outcome<T>> {
  for (let tries = 0; ; tries++) {
    const outcome = await ask<T>("GET", path);
    if (outcome.ok || (outcome.problem !== null && outcome.problem.status < 500)) return outcome;
    await new Promise((done) => setTimeout(done, waitMs(tries, Math.random())));
  }
}

export async function signOut(): Promise<void> {
  const outcome = await ask("DELETE", "/api/v1/session");
  if (!outcome.ok) {
    const { title, fix } = outcome.problem ?? { title: _("Not heard: the line is cut. Try again."), fix: "" };
    notice.value = { text: `${title} ${fix}`.trim(), isFault: true };
    return;
  }
  // Only here: a sign-in that ends otherwise keeps what was not stored yet.
  if (outbox.value?.waiting.value.length === 0) drafts.value?.forget();
  happen({ type: "signed_out", reason: "signed_out" });
}

/** Where each role works when it signs in: `next` when it may go there, else its own place. */
export function placeOf(me: Me, next: string): string {
  if (/^\/(?:warroom|surveys)(?:[/?]|$)/.test(next)) return next;
  return me.seat !== null ? "/desk" : "/warroom";
}

async function enter(me: Me): Promise<void> {
  useToken(me.csrf);
  const next = new URLSearchParams(location.search).get("next") ?? "";
  const target = placeOf(me, next);
  if (target !== "/desk") {
    location.assign(target);
    return;
  }
  if (location.pathname !== "/desk") history.replaceState(null, "", "/desk");
  const words = await persist<Words>("/api/v1/words");
  if (!words.ok) return;
  batch(() => {
    outbox.value = new Outbox(
      localStorage,
      `sampark.outbox.${me.operator_id}`,
      (path, body) => ask("POST", path, body),
      (_entry, problem) => {
        notice.value = { text: `${problem.title} ${problem.fix}`, isFault: true };
      },
    );
    drafts.value = new Drafts(localStorage, `sampark.drafts.${me.operator_id}`);
    happen({ type: "signed_in", me, words: words.value });
  });
  open();
}

function open(): void {
  link?.stop();
  link = new Link(happen);
  link.start();
}

/** Take the desk back from another window. */
export function useHere(): void {
  drafts.value?.lookAgain();
  happen({ type: "used_here" });
  open();
}

/** Send what waits when the line is back; stop everything when the sign-in has ended. */
export function followLink(): void {
  let was = "";
  effect(() => {
    const { link: line, me } = desk.value;
    const is = me === null ? "out" : line;
    if (is === was) return;
    was = is;
    if (is === "up") outbox.peek()?.hurry();
    if (is === "out") {
      link?.stop();
      outbox.peek()?.stop();
    }
  });
  window.addEventListener("online", () => link?.hurry());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) link?.hurry();
  });
}
