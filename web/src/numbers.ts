/** Own numbers of today: asked for between calls, where they are shown. */

import { effect, signal } from "@preact/signals";
import { ask } from "./api.ts";
import { desk, seat } from "./store.ts";
import type { Numbers } from "./types.ts";

const AGAIN_MS = 60_000;

export const numbers = signal<Numbers | null>(null);

async function read(): Promise<void> {
  const told = await ask<Numbers>("GET", "/api/v1/desk/numbers");
  if (told.ok) numbers.value = told.value;
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
