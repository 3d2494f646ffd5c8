/** What an operator tells the seat. The reply only says that it was heard: what comes of it is in the next message. */

import { signal } from "@preact/signals";
import { ask } from "./api.ts";
import { callBack, colleaguesResult, drafts, result, shown } from "./call.ts";
import { _ } from "./i18n.ts";
import { notice, seat } from "./store.ts";

/** Which dialog is open. */
export const dialog = signal<"none" | "pause" | "opt_out" | "telephone" | "number" | "hand_on" | "keys" | "callback">("none");

/** Whom the dialog of a time to call again speaks of. */
export const calledAgain = signal<{ attempt: string; name: string } | null>(null);

/** What became of a call. "Call back" needs a time: it is asked first, and nothing is stored before it is given. */
export function choose(attempt: string, name: string, code: string): void {
  if (code !== "call_back") {
    result(attempt, code);
    return;
  }
  calledAgain.value = { attempt, name };
  dialog.value = "callback";
}

/** Agree to the time, and record with it that the call ended so. Empty when that is done, else why not. */
export async function agree(dueAt: number, mine: boolean): Promise<string> {
  const whom = calledAgain.value;
  if (whom === null) return "";
  const trouble = await callBack(whom.attempt, dueAt, mine);
  if (trouble !== "") return trouble;
  result(whom.attempt, "call_back");
  dialog.value = "none";
  return "";
}

async function tell(path: string, body?: unknown): Promise<void> {
  const outcome = await ask("POST", `/api/v1/desk/${path}`, body);
  if (outcome.ok) notice.value = null;
  else notice.value = { text: outcome.problem?.title ?? _("Not heard: the line is cut. Try again."), isFault: true };
}

export const ready = (): Promise<void> => tell("ready", { campaigns: null });

export const pause = (reason: string): Promise<void> => {
  dialog.value = "none";
  return tell("pause", { reason });
};

/** Have the person called who is shown. */
export const dial = (attempt: string): Promise<void> => tell("dial", { attempt_id: attempt });

/** Pass the person over who is shown. */
export const skip = (attempt: string, reason: string): Promise<void> => tell("skip", { attempt_id: attempt, reason });

/** Show the person with this number. Empty when that is done, else why not and what to do. */
export async function lookUp(number: string): Promise<string> {
  const told = await ask("POST", "/api/v1/desk/look-up", { number });
  if (told.ok) return "";
  return told.problem === null
    ? _("Not heard: the line is cut. Try again.")
    : `${told.problem.title} ${told.problem.fix}`;
}

/** End this talk: a key that is pressed a moment too late must not end the next one. */
export const hangUp = (): Promise<void> => tell("hang-up", { attempt_id: seat.value?.attempt_id ?? null });

/** Let the person wait with music, or talk again. */
export const hold = (held: boolean): Promise<void> => tell("hold", { held });

export const pressKeys = (digits: string): Promise<void> => tell("digits", { digits });

/** Ask a colleague while the person is on hold. */
export const consult = (to: number): Promise<void> => {
  dialog.value = "none";
  return tell("consult", { to });
};

export const gather = (): Promise<void> => tell("gather");

export const leave = (): Promise<void> => tell("leave");

/** Ask for the supervisor, or no more. */
export const askHelp = (asks: boolean): Promise<void> => tell("help", { asks });

/** To a colleague's seat, or to whoever is ready. */
export const transfer = (to: number | null): Promise<void> => {
  dialog.value = "none";
  return tell("transfer", { to });
};

export const toSurvey = (): Promise<void> => {
  dialog.value = "none";
  return tell("to-survey");
};

/** End the wrap-up; not before somebody said what became of the talk. */
export async function finish(): Promise<void> {
  const attempt = seat.value?.attempt_id ?? null;
  const call = shown.value;
  const theirs = call === null ? null : colleaguesResult(call);
  if (attempt !== null && theirs !== null && drafts.value?.of(attempt).code === "") {
    // Shown beside the results: whoever leaves it as it is agrees.
    drafts.value.change(attempt, { code: theirs.code });
  }
  if (attempt !== null && drafts.value?.of(attempt).code === "") {
    notice.value = { text: _("First choose what became of the call."), isFault: true };
    return;
  }
  await tell("wrap-up-done", { attempt_id: attempt });
}
