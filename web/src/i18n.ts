/**
 * Words, numbers and times in Hindi and English. The English text is the key; the Hindi comes from the
 * server's gettext catalog. Numbers and times are written by the browser's Intl with hi-IN and en-IN.
 */

import { signal } from "@preact/signals";
import type { Label, Language, Said } from "./types.ts";

const KEPT_AS = "sampark.language";

export const language = signal<Language>("hi");
const hindi = signal<Record<string, string>>({});

/** Read the texts and the language that was chosen on this machine. */
export async function loadTexts(): Promise<void> {
  const kept = localStorage.getItem(KEPT_AS);
  speak(kept === "en" ? "en" : "hi");
  try {
    const reply = await fetch("/assets/texts.json");
    if (reply.ok) hindi.value = (await reply.json()) as Record<string, string>;
  } catch {
    // Better a desk in English than none.
  }
}

/** Speak this language from now on. */
export function speak(chosen: Language): void {
  language.value = chosen;
  localStorage.setItem(KEPT_AS, chosen);
  document.documentElement.lang = chosen;
}

export type Values = Record<string, string | number>;

/** `text` in the language of the desk, with `{name}` filled in. */
export function _(text: string, values: Values = {}): string {
  return inLanguage(language.value, text, values);
}

/** A marked text in a language of its own: what is said to a person may differ from what the desk speaks. */
export function inLanguage(wanted: Language, text: string, values: Values = {}): string {
  return filled(wanted === "hi" ? (hindi.value[text] ?? text) : text, values);
}

/** `text` with `{name}` filled in. */
export function filled(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

/** Marks a text for the catalog; it is translated where it is shown. */
export function N_(text: string): string {
  return text;
}

/** A text that exists in several languages, in the wanted one if there is one. */
export function said(texts: Said, wanted: string = language.value): string {
  return texts[wanted] ?? texts["hi"] ?? texts["en"] ?? Object.values(texts)[0] ?? "";
}

export function label(one: Label): string {
  return language.value === "hi" ? one.hi : one.en;
}

const locale = (): string => (language.value === "hi" ? "hi-IN" : "en-IN");

export function number(value: number): string {
  return new Intl.NumberFormat(locale()).format(value);
}

/** Day and time in the office's time zone; `at`: UTC epoch seconds. */
export function when(at: number): string {
  const form = { day: "numeric", month: "short", hour: "numeric", minute: "2-digit", timeZone: "Asia/Kolkata" } as const;
  // Hindi says morning or evening; without this the browser writes am and pm.
  const more = language.value === "hi" ? ({ dayPeriod: "short" } as const) : {};
  return new Intl.DateTimeFormat(locale(), { ...form, ...more }).format(at * 1000);
}

/** Minutes and seconds, `3:07`; hours in front when there are any. What lies ahead of the page's clock is 0:00. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = new Intl.NumberFormat(locale(), { minimumIntegerDigits: 2, useGrouping: false });
  const one = new Intl.NumberFormat(locale(), { useGrouping: false });
  return hours > 0
    ? `${one.format(hours)}:${two.format(minutes)}:${two.format(rest)}`
    : `${one.format(minutes)}:${two.format(rest)}`;
}
