/** Which telephone this desk speaks with. The browser's own is loaded only where it is used. */

import { effect, signal } from "@preact/signals";
import { pause } from "../actions.ts";
import { desk, seat } from "../store.ts";
import type { Phone } from "./phone.ts";

/** `table`: a SIP telephone beside the screen; then the desk is the same without sound. */
export type Kind = "browser" | "table";

const KEPT_AS = "sampark.telephone.kind";

export const kind = signal<Kind>(localStorage.getItem(KEPT_AS) === "table" ? "table" : "browser");
export const phone = signal<Phone | null>(null);
let loading = false;

export function use(chosen: Kind): void {
  localStorage.setItem(KEPT_AS, chosen);
  kind.value = chosen;
}

async function begin(): Promise<void> {
  loading = true;
  const { Phone } = await import("./phone.ts");
  loading = false;
  if (!isWanted()) return;
  phone.value = new Phone();
  await phone.value.start();
}

const isWanted = (): boolean => kind.value === "browser" && desk.value.me?.seat != null && !desk.value.replaced;

/** As long as somebody is signed in here and uses it, there is a telephone; a tone announces each person. */
export function followTelephone(): void {
  let was = "";
  effect(() => {
    if (isWanted()) {
      if (phone.peek() === null && !loading) void begin();
    } else {
      phone.peek()?.stop();
      phone.value = null;
    }
  });
  effect(() => {
    const state = seat.value?.interrupted === "waits" ? "waits" : (seat.value?.state ?? "");
    // Not after a page was loaded in the middle of a talk: that person was announced.
    if (state === "talking" && was !== "" && was !== "talking") phone.peek()?.announce();
    was = state;
  });
  let wasUp = false;
  effect(() => {
    const isUp = desk.value.link === "up";
    if (isUp && !wasUp) void phone.peek()?.again();
    wasUp = isUp;
  });
  effect(() => {
    // Nobody should be put through to an operator whom they could not hear.
    if (phone.value?.state.value === "no_microphone" && seat.value?.state === "ready") void pause("equipment");
  });
  window.addEventListener("pagehide", () => phone.peek()?.leave());
  window.addEventListener("online", () => phone.peek()?.hurry());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) phone.peek()?.hurry();
  });
}
