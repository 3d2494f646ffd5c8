/** The call on the seat: the current question, what was answered, the notes, the result. */

import { batch, computed, effect, signal } from "@preact/signals";
import { ask } from "./api.ts";
import type { Draft, Drafts } from "./drafts.ts";
import type { Outbox } from "./outbox.ts";
import { desk, person, seat } from "./store.ts";
import type { Background, CallNotes, CallResult, Person, Question } from "./types.ts";

/** Which part of the page the digits belong to. */
export type Zone = "survey" | "result";

export const zone = signal<Zone>("survey");
export const place = signal(0);

/** What this page recorded, by call and question; the server's own list may be a moment older. */
const given = signal<Record<string, Record<string, string>>>({});
export const outbox = signal<Outbox | null>(null);
export const drafts = signal<Drafts | null>(null);

/** Where the person lives and what was said before; empty until the server has told it. */
export const background = signal<Background | null>(null);

/** The call that is shown: the one on the seat, until its wrap-up has ended. */
export const shown = computed<Person | null>(() => (seat.value?.attempt_id === null ? null : person.value));

export function answersOf(call: Person): Record<string, string> {
  const unsent: Record<string, string> = {};
  for (const entry of outbox.value?.waiting.value ?? []) {
    if (entry.key.startsWith(`answer:${call.attempt_id}:`)) {
      unsent[String(entry.body["question"])] = String(entry.body["value"]);
    }
  }
  return { ...call.answers, ...given.value[call.attempt_id], ...unsent };
}

/** What colleagues wrote in this call. */
export function colleaguesNotes(call: Person): CallNotes[] {
  return call.notes.filter((one) => one.notes !== "" && one.operator_id !== desk.value.me?.operator_id);
}

/** The result that a colleague chose, if it stands. */
export function colleaguesResult(call: Person): CallResult | null {
  return call.result !== null && call.result.operator_id !== desk.value.me?.operator_id ? call.result : null;
}

/** `saved`: the server has it; `waiting`: it is kept here and sent as soon as that is possible. */
export function mark(key: string): "saved" | "waiting" {
  return (outbox.value?.waiting.value ?? []).some((one) => one.key === key) ? "waiting" : "saved";
}

export function answer(call: Person, question: Question, value: string): void {
  const questions = call.survey?.questions ?? [];
  batch(() => {
    const ofCall = { ...given.value[call.attempt_id], [question.name]: value };
    given.value = { ...given.value, [call.attempt_id]: ofCall };
    outbox.value?.put({
      key: `answer:${call.attempt_id}:${question.name}`,
      path: "/api/v1/desk/answer",
      body: { attempt_id: call.attempt_id, question: question.name, value },
    });
    advance(call, questions.indexOf(question));
  });
  const done = questions.filter((one) => one.name in answersOf(call)).length;
  if (seat.value?.state === "talking") {
    void ask("POST", "/api/v1/desk/progress", { step: done, steps: questions.length });
  }
}

/** What stands in the field of a question and was not saved; a reload does not lose it. */
export function halfTyped(attempt: string, question: string): string {
  return drafts.value?.of(attempt).half?.[question] ?? "";
}

export function typeHalf(attempt: string, question: string, value: string): void {
  const half = { ...drafts.value?.of(attempt).half, [question]: value };
  drafts.value?.change(attempt, { half });
}

/** The next question without an answer; behind the last one the digits choose the result. */
function advance(call: Person, from: number): void {
  const questions = call.survey?.questions ?? [];
  const answers = answersOf(call);
  const next = questions.findIndex((one, index) => index > from && !(one.name in answers));
  const open = next >= 0 ? next : questions.findIndex((one) => !(one.name in answers));
  if (open < 0) zone.value = "result";
  else place.value = open;
}

export function goTo(index: number): void {
  const last = (shown.value?.survey?.questions.length ?? 1) - 1;
  zone.value = "survey";
  place.value = Math.min(Math.max(0, index), Math.max(0, last));
}

/** What became of the talk; notes go along, also those written later. */
export function result(attempt: string, code: string): void {
  drafts.value?.change(attempt, { code });
  sendResult(attempt);
}

export function note(attempt: string, notes: string): void {
  drafts.value?.change(attempt, { notes, typed: true });
  clearTimeout(pause);
  pause = setTimeout(() => sendNotes(attempt), NOTE_PAUSE_MS);
}

const NOTE_PAUSE_MS = 600;
let pause: ReturnType<typeof setTimeout> | undefined;

/** With the result once there is one, else by themselves. */
function sendNotes(attempt: string): void {
  const draft = drafts.value?.of(attempt);
  if (draft === undefined) return;
  drafts.value?.change(attempt, { typed: false });
  if (draft.code !== "") sendResult(attempt);
  else
    outbox.value?.put({
      key: `note:${attempt}`,
      path: "/api/v1/desk/note",
      body: { attempt_id: attempt, notes: draft.notes.trim() },
    });
}

function sendResult(attempt: string): void {
  const draft = drafts.value?.of(attempt);
  if (draft === undefined || draft.code === "") return;
  outbox.value?.put({
    key: `result:${attempt}`,
    path: "/api/v1/desk/disposition",
    body: { attempt_id: attempt, code: draft.code, notes: draft.notes.trim() },
  });
}

/** Go on with what the operator recorded of this call before, here or at another computer. */
function takeUp(call: Person): void {
  const kept = drafts.peek();
  if (kept === null) return;
  kept.begin(call.attempt_id, call.name);
  const me = desk.peek().me?.operator_id;
  const waits = [`note:${call.attempt_id}`, `result:${call.attempt_id}`].some((key) => outbox.peek()?.has(key) ?? false);
  const stored: Partial<Draft> = {};
  const notes = call.notes.find((one) => one.operator_id === me);
  if (notes !== undefined) stored.notes = notes.notes;
  if (call.result !== null && call.result.operator_id === me) stored.code = call.result.code;
  if (kept.of(call.attempt_id).typed) sendNotes(call.attempt_id);
  else if (!waits) kept.adopt(call.attempt_id, stored);
}

/** The fix when the server does not agree to the time; empty when it does, or will be told later. */
export async function callBack(attempt: string, dueAt: number, mine: boolean): Promise<string> {
  const entry = {
    key: `callback:${attempt}`,
    path: "/api/v1/desk/callback",
    body: { attempt_id: attempt, due_at: dueAt, mine },
  };
  const told = await ask("POST", entry.path, entry.body);
  if (!told.ok && told.problem !== null && told.problem.status < 500) return `${told.problem.title} ${told.problem.fix}`;
  if (!told.ok) outbox.value?.put(entry);
  drafts.value?.change(attempt, { callbackAt: dueAt });
  return "";
}

export function optOut(attempt: string): void {
  outbox.value?.put({ key: `optout:${attempt}`, path: "/api/v1/desk/opt-out", body: { attempt_id: attempt } });
  drafts.value?.change(attempt, { optedOut: true });
  result(attempt, "opted_out");
}

const LEARN_AGAIN_MS = 3_000;

async function learn(attempt: string): Promise<void> {
  if (background.value?.attempt_id === attempt) return;
  const told = await ask<Background>("GET", "/api/v1/desk/background");
  if (shown.value?.attempt_id !== attempt) return;
  if (told.ok && told.value.attempt_id === attempt) background.value = told.value;
  else setTimeout(() => void learn(attempt), LEARN_AGAIN_MS);
}

/** Begin each call at its first open question, and remember that it needs a result. */
export function followCalls(): () => void {
  let before = "";
  return effect(() => {
    const call = shown.value;
    const state = desk.value.message?.seat.state;
    const wrapping = state === "wrap_up";
    const isShownOnly = state === "preview" || state === "dialling";
    const now = call === null ? "" : `${call.attempt_id} ${wrapping} ${isShownOnly}`;
    if (now === before) return;
    before = now;
    if (call === null) return;
    queueMicrotask(() => {
      void learn(call.attempt_id);
      if (isShownOnly) return;
      takeUp(call);
      if (wrapping) {
        zone.value = "result";
      } else {
        zone.value = "survey";
        place.value = 0;
        advance(call, -1);
      }
    });
  });
}
