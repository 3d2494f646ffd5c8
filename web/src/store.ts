/** The one desk of this page, as a signal, and the clock that its timers are drawn by. */

import { computed, signal } from "@preact/signals";
import { type Desk, type Happening, NOBODY, reduce } from "./state.ts";

export const desk = signal<Desk>(NOBODY);
export const now = signal(Date.now());

export const seat = computed(() => desk.value.message?.seat ?? null);
export const person = computed(() => desk.value.message?.call ?? null);

/** Until it is known whether somebody is signed in here. */
export const waking = signal(true);

/** Something said at the foot of the page: a refusal, or what was done. */
export const notice = signal<{ text: string; isFault: boolean } | null>(null);

export function happen(happening: Happening): void {
  desk.value = reduce(desk.value, happening);
}

export function startClock(): void {
  setInterval(() => {
    now.value = Date.now();
  }, 500);
}
