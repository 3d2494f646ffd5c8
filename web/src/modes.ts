/** How the campaigns that the operator takes come to their people: by themselves, or by hand. */

import { computed, signal } from "@preact/signals";
import { ask } from "./api.ts";
import { seat } from "./store.ts";
import type { Campaign } from "./types.ts";

const known = signal<Campaign[]>([]);

/** Ask the server again; what is known already stays while it does not answer. */
export async function learnModes(): Promise<void> {
  const told = await ask<{ campaigns: Campaign[] }>("GET", "/api/v1/campaigns");
  if (told.ok) known.value = told.value.campaigns;
}

/** Modes of the operators' campaigns among those with these numbers. */
export function modesOf(campaigns: Campaign[], taken: number[]): string[] {
  return campaigns.filter((one) => taken.includes(one.campaign_id) && one.kind === "operators").map((one) => one.mode);
}

const modes = computed(() => modesOf(known.value, seat.value?.campaigns ?? []));

/** Names of the campaigns that the operator takes, as far as they are known. */
export const takenNames = computed(() => {
  const taken = seat.value?.campaigns ?? [];
  return known.value.filter((one) => taken.includes(one.campaign_id)).map((one) => one.name);
});

/** Whether people may be looked up by the number. */
export const byNumber = computed(() => modes.value.some((mode) => mode === "manual" || mode === "preview"));

/** Whether nobody is put through by itself. */
export const onlyByHand = computed(() => modes.value.length > 0 && modes.value.every((mode) => mode === "manual"));
