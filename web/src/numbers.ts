/** Own numbers of today and own callbacks: asked for between calls, where they are shown. */

import { effect, signal } from "@preact/signals";
import { ask } from "./api.ts";
import { desk, seat } from "./store.ts";
import type { Numbers, OwnCallback } from "./types.ts";

const AGAIN_MS = 60_000;

export const numbers = signal<Numbers | null>(null);
export const ownCallbacks = signal<OwnCallback[]>([]);

async function read(): Promise<void> {
  const [told, own] = await Promise.all([
    ask<Numbers>("GET", "/api/v1/desk/numbers"),
    ask<{ callbacks: OwnCallback[] }>("GET", "/api/v1/desk/callbacks"),
  ]);
  if (told.ok) numbers.value = told.value;
  if (own.ok) ownCallbacks.value = own.value.callbacks;
}

/** Read them when a call is over and once a minute while none comes. */
export function followNumbers(): void {
  let timer: ReturnType<typeof setInterval> | undefined;
  let was = "";
  effect(() => {
    const is = desk.value.me === null ? "" : (seat.value?.state ?? "");
    if (is === was) return;
    was = is;
    clearInterval(timer);
    if (is !== "ready" && is !== "paused") return;
    void read();
    timer = setInterval(() => void read(), AGAIN_MS);
  });
}
